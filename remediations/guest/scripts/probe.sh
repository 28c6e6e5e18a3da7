#!/bin/sh
# azure-backup-runbooks: probe
# Reads only. Prints one JSON document of at most 3 KB; what cannot be told is null. Every outside call ends within seconds.
LC_ALL=C; export LC_ALL
R="${RUNBOOKS_ROOT:-}"
lib="$R/var/lib/waagent" conf="$R/etc/waagent.conf" wire=168.63.129.16
since=$(($(date +%s) - 86400)); day=$(date -u -d "@$since" '+%Y-%m-%d %H:%M:%S' 2>/dev/null)  # older lines of a log tell nothing of this failure
esc() { printf '%s' "$1" | tr -cd '\040-\176' | tr -d '"\\' | cut -c1-"${2:-60}"; }
text() { if [ -n "$1" ]; then printf '"%s"' "$(esc "$1" "$2")"; else printf null; fi; }
number() { case "$1" in ''|-|*[!0-9-]*) printf null ;; *) printf '%s' "$1" ;; esac; }
list() { # lines of stdin, five at most
  out= n=0
  while IFS= read -r line && [ $n -lt 5 ]; do out="$out${out:+,}\"$(esc "$line" 50)\"" n=$((n + 1)); done
  printf '[%s]' "$out"
}
option() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*\([^#[:space:]]*\).*/\1/p" "$conf" 2>/dev/null | tail -n 1; }
newest() { ls -t "$@" 2>/dev/null | head -n 1; }

agent() {
  unit= state=absent start=
  if command -v systemctl >/dev/null 2>&1; then
    for name in walinuxagent waagent; do
      if timeout 3 systemctl cat "$name" >/dev/null 2>&1; then unit=$name; break; fi
    done
    if [ -n "$unit" ]; then
      case "$(timeout 3 systemctl is-active "$unit" 2>/dev/null)" in active|activating|reloading) state=running ;; *) state=stopped ;; esac
      start=$(timeout 3 systemctl is-enabled "$unit" 2>/dev/null)
    fi
  elif timeout 3 ps -e -o args 2>/dev/null | grep -q '[w]aagent'; then state=running
  else state=
  fi
  told=$(timeout 3 waagent --version 2>/dev/null)  # the goal state agent is the one that runs extensions
  version=$(printf '%s\n' "$told" | sed -n 's/^Goal state agent: \([0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] || version=$(printf '%s\n' "$told" | sed -n 's/^WALinuxAgent-\([0-9.]*\).*/\1/p' | head -n 1)
  printf '{"service":%s,"state":%s,"start":%s,"version":%s}' "$(text "$unit")" "$(text "$state")" "$(text "$start")" "$(text "$version")"
}
goal_state() {
  set -- "$lib"/*.[0-9]*.xml; [ -e "$1" ] || set --
  errors=$(tail -n 1000 "$R/var/log/waagent.log" 2>/dev/null | awk -v since="$day" '{ at = substr($0, 1, 19); gsub("/", "-", at); sub("T", " ", at) }
    at !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9:]+$/ { next } { dated = 1 } at < since { next }
    /recovered from previous errors/ { n = 0 } /ERROR.*[Gg]oal ?[Ss]tate/ { n++ } END { if (dated && since != "") print n + 0 }')
  printf '{"files":%s,"errors":%s}' $# "$(number "$errors")"
}
disks() { # the system's own first, then the fullest
  found=$(timeout 3 df -P -k -l 2>/dev/null | awk 'NR > 1 && ($1 ~ /^\/dev\// || $6 == "/") && $1 !~ /loop/ {
    sys = ($6 ~ /^\/(var|var\/lib|var\/lib\/waagent|var\/log)?$/) ? 0 : 1; pct = $5; sub("%", "", pct); name = $6
    for (i = 7; i <= NF; i++) name = name " " $i; print sys, 999 - pct, pct, int($4 / 1024), name }' | sort -k1,1n -k2,2n | head -n 3)
  [ -n "$found" ] || { printf null; return; }
  printf '%s\n' "$found" | { out=; while read -r _ _ pct free name; do
    out="$out${out:+,}{\"mount\":$(text "$name"),\"free_mb\":$(number "$free"),\"used_pct\":$(number "$pct")}"; done; printf '[%s]' "$out"; }
}
local_mounts() { awk '$3 ~ /^(ext[234]|xfs|btrfs|jfs|reiserfs)$/ { gsub(/\\040/, " ", $2); print $4 "\t" $2 }' "$R/proc/mounts" 2>/dev/null; }
unreadable() { # three at most: one that hangs takes its three seconds
  local_mounts | cut -f2 | head -n 40 | { bad=0; while IFS= read -r at && [ $bad -lt 3 ]; do
    case "$at" in *\\*) continue ;; esac
    timeout 3 ls -d "$R$at/." >/dev/null 2>&1 || { printf '%s\n' "$at"; bad=$((bad + 1)); }; done; }
}
read_only() { # what /etc/fstab itself wants read-only is no fault
  meant=$(awk '$1 !~ /^#/ && $4 ~ /(^|,)ro(,|$)/ { print $2 }' "$R/etc/fstab"); export meant
  local_mounts | awk -F '\t' '$1 ~ /(^|,)ro(,|$)/ && !index("\n" ENVIRON["meant"] "\n", "\n" $2 "\n") { print $2 }'
}
mounts() {
  [ -r "$R/proc/mounts" ] || { printf null; return; }
  ro=null; [ -r "$R/etc/fstab" ] && ro=$(read_only | list)
  log=$(newest "$R"/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/*/extension.log)
  cold=null; [ -n "$log" ] && cold=$(tail -n 300 "$log" | sed -n 's/.*Failed to FI[A-Z]*: \(\/[^ ]*\).*/\1/p' | sort -u | list)
  printf '{"duplicates":%s,"unreadable":%s,"read_only":%s,"not_frozen":%s}' "$(local_mounts | cut -f2 | sort | uniq -d | list)" "$(unreadable | list)" "$ro" "$cold"
}
ticks() { awk '/^cpu / { for (i = 2; i <= 9; i++) t += $i; print $5 + $6, t; exit }' "$R/proc/stat" 2>/dev/null; }
load() {
  before=$(ticks); sleep 2
  cpu=$(printf '%s %s\n' "$before" "$(ticks)" | awk 'NF == 4 && $4 > $2 { printf "%d", 100 - 100 * ($3 - $1) / ($4 - $2) }')
  memory=$(awk '/^MemTotal:/ { t = $2 } /^MemAvailable:/ { a = $2; seen = 1 } END { if (t && seen) printf "%d", 100 - 100 * a / t }' "$R/proc/meminfo" 2>/dev/null)
  printf '{"cpu_pct":%s,"memory_pct":%s}' "$(number "$cpu")" "$(number "$memory")"
}
dhcp() { # what the configuration says; where it says nothing, whether a lease is kept
  told=$(cat "$R"/etc/netplan/*.yaml "$R"/etc/network/interfaces "$R"/etc/network/interfaces.d/* "$R"/etc/sysconfig/network*/ifcfg-e* "$R"/etc/systemd/network/*.network 2>/dev/null
    awk '/^\[/ { part = $0 } part == "[ipv4]"' "$R"/etc/NetworkManager/system-connections/* 2>/dev/null)
  says() { printf '%s\n' "$told" | grep -Eqi "^[^#]*(dhcp4:[[:space:]]*($1)|inet $2|BOOTPROTO=.?($2)|DHCP=($1)|method=($3))"; }
  if says 'true|yes|ipv4' dhcp auto; then on=true; elif says 'false|no' 'static|none' manual; then on=false
  elif [ -n "$(newest "$R"/run/systemd/netif/leases/* "$R"/var/lib/dhcp/*.leases "$R"/var/lib/dhclient/*.lease* "$R"/var/lib/NetworkManager/*.lease)" ]; then on=true
  else on=null; fi
  printf '{"on":%s}' "$on"
}
knock() { # whether a connection comes about; what is said on it does not matter
  took=$(timeout 4 curl -sk --noproxy '*' -o /dev/null --connect-timeout 2 --max-time 3 -w '%{time_connect}' "$1" 2>/dev/null); code=$?
  case "$took" in *[1-9]*) printf true ;; *) case $code in 6|7|28) printf false ;; *) printf null ;; esac ;; esac
}
reach() {
  host=$(timeout 3 grep -Eoh 'https://[a-z0-9.-]+\.blob\.[a-z0-9.-]+' "$lib"/ExtensionsConfig.*.xml "$lib"/history/*/*.xml "$lib"/history/*/*.json "$R/var/log/waagent.log" 2>/dev/null | head -n 1)
  storage=null; [ -n "$host" ] && storage=$(knock "$host/")
  case "$(option 'HttpProxy\.Host')" in ''|None) ;; *) [ "$storage" = true ] || storage=null ;; esac  # a proxy may be its way out
  printf '{"wire_80":%s,"wire_443":%s,"wire_32526":%s,' "$(knock "http://$wire/")" "$(knock "https://$wire/")" "$(knock "http://$wire:32526/")"
  printf '"storage":%s,"storage_host":%s}' "$storage" "$(text "${host#https://}" 90)"
}
clock() {
  head=$(timeout 4 curl -s --noproxy '*' --max-time 3 -D - -o /dev/null "http://$wire/?comp=versions" 2>/dev/null | sed -n 's/^[Dd]ate: *//p' | tr -d '\r' | head -n 1)
  skew=; if [ -n "$head" ] && there=$(date -u -d "$head" +%s 2>/dev/null); then skew=$(($(date -u +%s) - there)); fi
  printf '{"skew_s":%s}' "$(number "$skew")"
}
selinux() {
  mode=$(timeout 3 getenforce 2>/dev/null); [ -n "$mode" ] || [ -e "$R/sys/fs/selinux/enforce" ] || mode=Disabled
  denials=; [ -r "$R/var/log/audit/audit.log" ] && denials=$(tail -n 5000 "$R/var/log/audit/audit.log" | awk -v since="$since" '/avc: *denied/ && /waagent|VMSnapshot/ &&
    match($0, /audit\([0-9]+/) && substr($0, RSTART + 6, RLENGTH - 6) + 0 >= since + 0 { n++ } END { print n + 0 }')
  printf '{"mode":%s,"denials":%s}' "$(text "$mode")" "$(number "$denials")"
}
snapshot() {
  from=$(newest "$lib"/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-*/status/*.status)
  [ -n "$from" ] && grep -q 'StatusCode\.' "$from" || from=$(newest "$R"/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/*/extension.log)
  status=; [ -n "$from" ] && status=$(tail -n 500 "$from" | grep -o 'StatusCode\.[A-Za-z]*' | tail -n 1 | cut -d. -f2)
  at=; [ -n "$status" ] && at=$(date -u -r "$from" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
  printf '{"status":%s,"at":%s}' "$(text "$status")" "$(text "$at")"
}
printf '{"probe":1,"os":"Linux","at":"%s"' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
[ -r "$conf" ] && printf ',"options":{"Extensions.Enable":%s,"Provisioning.Agent":%s}' "$(text "$(option 'Extensions\.Enable')" 20)" "$(text "$(option 'Provisioning\.Agent')" 20)"
for part in agent goal_state disks mounts load dhcp reach clock selinux snapshot; do printf ',"%s":%s' "$part" "$($part)"; done
printf ',"end":"azure-backup-runbooks"}\n'
