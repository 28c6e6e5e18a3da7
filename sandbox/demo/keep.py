"""What --keep tells: addresses, keys, and things to try on a world that stays up."""

from datetime import datetime, timedelta

from sandbox.demo.stage import Stage


async def invitation(stage: Stage) -> str:
    """The text printed while a world is kept; its clock stands still until someone releases it."""
    host, sandbox = stage.function_host, stage.sandbox
    now = datetime.fromisoformat((await stage.azure.get("/_sandbox/clock"))["now"])
    tomorrow = (now + timedelta(days=1)).isoformat()
    item = stage.world.cases[0].item
    key, master = (f"-H 'x-functions-key: {host.ready[name]}'" for name in ("function_key", "master_key"))
    return f"""
{stage.world.name} stays up until Ctrl-C; its clock stands at {now.isoformat()}.
  app      {host.url}   function key {host.ready["function_key"]}   master key {host.ready["master_key"]}
  sandbox  {sandbox.url}   logs and cases.json in {stage.folder}
Try:
  export URL={host.url} KEY={host.ready["function_key"]} ITEM='{item}'
  curl -s {key} {host.url}/api/cases
  curl -s {key} {host.url}/api/health
  curl -s {key} {host.url}/api/catalog
  curl -s {key} {host.url}/api/openapi.json
  curl -s {key} -H 'content-type: application/json' -d '{{"item": "{item}", "dry_run": true}}' {host.url}/api/cases
  curl -s {sandbox.url}/_sandbox/changes
  curl -s {master} -d '{{"until": "{tomorrow}"}}' {host.url}/admin/host/release-jump   # let a day go by
"""
