"""Quotas: ARM's token buckets, Azure Backup's requests per action and hour."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.arm.wire import Refusal
from sandbox.model import World

_HOUR = timedelta(hours=1)
# ARM limits of 2024, per subscription, principal and region: bucket size and tokens a second.
_ARM = {"reads": (250, 25.0), "writes": (200, 10.0), "deletes": (200, 10.0)}
_GLOBAL_FACTOR = 15


@dataclass(slots=True)
class Bucket:
    """Refills with simulated and with real time: with the clock held, requests still take their real while."""

    size: int
    per_second: float
    level: float
    at: datetime
    real: float

    def take(self, now: datetime, real: float) -> bool:
        passed = max((now - self.at).total_seconds(), real - self.real)
        self.level = min(self.size, self.level + passed * self.per_second)
        self.at, self.real = now, real
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Meters:
    """Counts what one client spends. Kept in memory: a restarted sandbox starts with full quotas."""

    def __init__(self, world: World, real: Callable[[], float] = time.monotonic) -> None:
        self._world, self._real = world, real
        self._hours: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, name: str, size: int, per_second: float, now: datetime) -> Bucket:
        if name not in self._buckets:
            self._buckets[name] = Bucket(size, per_second, size, now, self._real())
        return self._buckets[name]

    def charge_arm(self, method: str, now: datetime) -> dict[str, str]:
        """Take one token for this kind of request; returns ARM's rate headers, raises 429."""
        kind = {"GET": "reads", "DELETE": "deletes"}.get(method, "writes")
        bucket = self.bucket(kind, *_ARM[kind], now)
        if not bucket.take(now, self._real()):
            text = (
                f"Number of '{kind[:-1]}' requests for subscription '{self._world.subscription}' exceeded. Please try "
                "again after '1' seconds after additional tokens are available. "
                "Refer to https://aka.ms/arm-throttling for additional information."
            )
            raise Refusal(429, "SubscriptionRequestsThrottled", text, {"Retry-After": "1"})
        left = int(bucket.level)
        return {
            f"x-ms-ratelimit-remaining-subscription-{kind}": str(left),
            f"x-ms-ratelimit-remaining-subscription-global-{kind}": str(left + bucket.size * (_GLOBAL_FACTOR - 1)),
        }

    def charge_backup(self, vault: str, action: str, now: datetime) -> dict[str, str]:
        """Count one request of this action on this vault within its hour; raises 429 in the words of D01."""
        limit = self._world.requests_per_hour
        since, count = self._hours.get((vault, action), (now, 0))
        if now >= since + _HOUR:
            since, count = now, 0
        if count >= limit:
            wait = math.ceil((since + _HOUR - now).total_seconds())
            text = (
                f"Number of requests for action '{action}' exceeded the limit of '{limit}' for time interval "
                f"'01:00:00'. Please try again after '{wait}' seconds."
            )
            raise Refusal(429, "ResourceRequestsThrottled", text, {"Retry-After": str(wait)})
        self._hours[(vault, action)] = (since, count + 1)
        return {"x-ms-ratelimit-remaining-subscription-resource-requests": str(limit - count - 1)}

    def charge_graph(self, now: datetime) -> dict[str, str]:
        """Resource Graph: 15 queries in 5 seconds."""
        bucket = self.bucket("graph", 15, 3.0, now)
        allowed = bucket.take(now, self._real())
        headers = {
            "x-ms-user-quota-remaining": str(int(bucket.level)),
            "x-ms-user-quota-resets-after": "00:00:05",
            "x-ms-ratelimit-remaining-tenant-resource-requests": str(int(bucket.level)),
        }
        if not allowed:
            text = "Please provide below info when asking for support: the client was throttled until its quota resets."
            raise Refusal(429, "RateLimiting", text, {**headers, "Retry-After": "5"})
        return headers
