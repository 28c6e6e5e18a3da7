#!/bin/sh
# azure-backup-runbooks: set agent options
# Sets Extensions.Enable=y and Provisioning.Agent=auto in /etc/waagent.conf, keeps the old file, restarts the agent.
set -eu
R="${RUNBOOKS_ROOT:-}"
file="$R/etc/waagent.conf"
kept="$file.azure-backup-runbooks"
finish() { printf '{"fix":"set agent options","ok":%s,"changed":%s,"said":"%s","end":"azure-backup-runbooks"}\n' "$1" "$2" "$3"; exit 0; }
value() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\([^#[:space:]]*\).*/\1/p" "$2" | tail -n 1; }
holds() { [ "$(value 'Extensions\.Enable' "$1")" = y ] && [ "$(value 'Provisioning\.Agent' "$1")" = auto ]; }

[ -f "$file" ] || finish false false "there is no /etc/waagent.conf"
holds "$file" && finish true false "the options are set already"
[ -e "$kept" ] || cp -p "$file" "$kept"
new="$file.azure-backup-runbooks.new"
cp -p "$file" "$new"
sed -e '/^[[:space:]]*Extensions\.Enable[[:space:]]*=/d' -e '/^[[:space:]]*Provisioning\.Agent[[:space:]]*=/d' "$file" > "$new"
printf 'Extensions.Enable=y\nProvisioning.Agent=auto\n' >> "$new"
holds "$new" || { rm -f "$new"; finish false false "the options could not be set"; }
mv "$new" "$file"
for unit in walinuxagent waagent; do
  if systemctl cat "$unit" >/dev/null 2>&1; then
    # a while later and by itself: the agent that runs this script is the one that restarts
    systemd-run --on-active=20 systemctl restart "$unit" >/dev/null 2>&1 || true
    break
  fi
done
finish true true "the old file is kept as $kept"
