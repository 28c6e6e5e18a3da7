#!/bin/sh
# azure-backup-runbooks: restart guest agent
# Makes the Linux agent's service start with the system and restarts it 20 seconds later.
set -eu
finish() { printf '{"fix":"restart guest agent","ok":%s,"changed":%s,"said":"%s","end":"azure-backup-runbooks"}\n' "$1" "$2" "$3"; exit 0; }

command -v systemctl >/dev/null 2>&1 || finish false false "there is no systemd here"
unit=
for name in walinuxagent waagent; do
  if systemctl cat "$name" >/dev/null 2>&1; then unit=$name; break; fi
done
[ -n "$unit" ] || finish false false "there is no service of the agent"
said=
if [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = disabled ]; then
  systemctl enable "$unit" >/dev/null 2>&1 || finish false false "$unit could not be enabled"
  said="was disabled and is enabled now; it "
fi
# a while later and by itself: the agent that runs this script is the one that restarts
if systemd-run --on-active=20 systemctl restart "$unit" >/dev/null 2>&1; then finish true true "$unit ${said}restarts within seconds"; fi
[ -z "$said" ] || finish true true "$unit ${said}could not be restarted"
finish false false "$unit could not be restarted"
