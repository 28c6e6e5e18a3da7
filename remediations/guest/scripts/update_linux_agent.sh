#!/bin/sh
# azure-backup-runbooks: update linux agent
# Updates the Linux agent through the distribution's own repository to the supported minimum or newer; /etc/waagent.conf stays as it is.
set -eu
LC_ALL=C DEBIAN_FRONTEND=noninteractive; export LC_ALL DEBIAN_FRONTEND
minimum=2.2.53.1
R="${RUNBOOKS_ROOT:-}"
esc() { printf '%s' "$1" | tr -cd '\040-\176' | tr -d '"\\' | cut -c1-160; }
finish() { printf '{"fix":"update linux agent","ok":%s,"changed":%s,"said":"%s","end":"azure-backup-runbooks"}\n' "$1" "$2" "$(esc "$3")"; exit 0; }
has() { command -v "$1" >/dev/null 2>&1; }
quiet() { timeout 240 "$@" >/dev/null 2>&1; }

if has apt-get; then manager=apt-get package=walinuxagent
elif has dnf; then manager=dnf package=WALinuxAgent
elif has yum; then manager=yum package=WALinuxAgent
elif has zypper; then manager=zypper package=python-azure-agent
else finish false false "no package manager that is known here (apt-get, dnf, yum, zypper)"
fi
installed() { # the package's version, "" where the agent is no package of the distribution
  if [ "$manager" = apt-get ]; then dpkg-query -W -f '${Version}' "$package" 2>/dev/null || true
  else rpm -q --qf '%{VERSION}-%{RELEASE}' "$package" 2>/dev/null || true
  fi
}
upstream() { v=${1#*:}; v=${v%%[-+~]*}; printf '%s' "$v"; }
enough() { [ "$(printf '%s\n%s\n' "$minimum" "$(upstream "$1")" | sort -V | head -n 1)" = "$minimum" ]; }

before=$(installed)
case "$before" in [0-9]*) ;; *) finish false false "the agent was not installed from the distribution's repository" ;; esac
enough "$before" && finish true false "$package is at $before, which is supported"
file="$R/etc/waagent.conf"
[ ! -f "$file" ] || [ -e "$file.azure-backup-runbooks" ] || cp -p "$file" "$file.azure-backup-runbooks"
case "$manager" in
  apt-get)
    quiet apt-get update || true
    quiet apt-get -y -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef --only-upgrade install "$package" || true ;;
  zypper) quiet zypper --non-interactive update "$package" || true ;;
  *) quiet "$manager" -y update "$package" || true ;;
esac
after=$(installed)
[ "$after" != "$before" ] || finish false false "the repository gives nothing newer than $before, which is below $minimum"
for unit in walinuxagent waagent; do
  if systemctl cat "$unit" >/dev/null 2>&1; then
    # a while later and by itself: the agent that runs this script is the one that restarts
    systemd-run --on-active=20 systemctl restart "$unit" >/dev/null 2>&1 || true
    break
  fi
done
if enough "$after"; then finish true true "$package went from $before to $after"; fi
finish false true "$package went from $before to $after, which is still below $minimum"
