#!/bin/sh
# azure-backup-runbooks: remove stale goal state files
# Moves the files /var/lib/waagent/*.[0-9]*.xml, and no others, into a folder beside, and restarts the agent, which fetches them anew.
set -eu
R="${RUNBOOKS_ROOT:-}"
from="$R/var/lib/waagent"
kept="$from-azure-backup-runbooks/$(date -u +%Y%m%dT%H%M%SZ)"
finish() { printf '{"fix":"remove stale goal state files","ok":%s,"changed":%s,"said":"%s","end":"azure-backup-runbooks"}\n' "$1" "$2" "$3"; exit 0; }

moved=0 stayed=0
for file in "$from"/*.[0-9]*.xml; do
  if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
  mkdir -p -m 700 "$kept" 2>/dev/null || finish false false "the folder beside could not be made: nothing was moved"
  if mv "$file" "$kept/" 2>/dev/null; then moved=$((moved + 1)); else stayed=$((stayed + 1)); fi
done
[ $((moved + stayed)) -gt 0 ] || finish true false "there is no such file"
[ "$moved" -gt 0 ] || finish false false "none of the $stayed files could be moved"
for unit in walinuxagent waagent; do
  if systemctl cat "$unit" >/dev/null 2>&1; then
    # a while later and by itself: the agent that runs this script is the one that restarts
    systemd-run --on-active=20 systemctl restart "$unit" >/dev/null 2>&1 || true
    break
  fi
done
finish true true "$moved files were moved to ${kept#"$R"}, $stayed stayed"
