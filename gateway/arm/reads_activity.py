"""Who did what to a resource, as Azure's activity log tells."""

from datetime import datetime, timedelta

from gateway.arm import ids, raw
from gateway.arm.activity import Activity, activity
from gateway.arm.errors import translated
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint

ACTIVITY_API = "2015-04-01"
KEPT = timedelta(days=89)
"""How far back it is asked: the log keeps 90 days and refuses an earlier start
(https://learn.microsoft.com/azure/azure-monitor/essentials/activity-log)."""


class ActivityReads(Endpoint):
    """Reads of Azure Monitor's activity log."""

    @needs("Microsoft.Insights/eventtypes/values/read")
    async def activities(self, resource_id: str, now: datetime) -> tuple[Activity, ...]:
        """What was done to the resource in the last 89 days, newest first."""
        subscription = ids.subscription(resource_id)
        path = f"/subscriptions/{subscription}/providers/microsoft.insights/eventtypes/management/values"
        since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (now - KEPT, now))
        chosen = f"eventTimestamp ge '{since}' and eventTimestamp le '{until}' and resourceUri eq '{resource_id}'"
        with translated(f"read the activity log of {ids.name(resource_id)}"):
            client = self._clients.resources(subscription)
            wanted = "caller,eventTimestamp,operationName,status"
            pages = raw.pages(client, path, ACTIVITY_API, filter=chosen, select=wanted)
            found = [one async for event in pages if (one := activity(event))]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True))
