"""Instants and durations as the services print them: seven decimals, trailing zeros cut."""

from datetime import UTC, datetime, timedelta

NEVER = "0001-01-01T00:00:00"
NO_BACKUP_YET = "2001-01-01T00:00:00Z"


def _fraction(at: datetime) -> str:
    """Seven decimals: the seventh, which Python does not hold, follows from the six before it."""
    return f".{at.microsecond:06d}{at.microsecond % 9 + 1}" if at.microsecond else ""


def backup_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + _fraction(at) + "Z"


def compute_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + _fraction(at) + "+00:00"


def plain_time(at: datetime) -> str:
    """Whole seconds with an offset, as instance view statuses carry."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def duration(span: timedelta) -> str:
    """ISO 8601 the .NET way: PT41M16.2122671S, PT0S."""
    total = span.total_seconds()
    if total <= 0:
        return "PT0S"
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{seconds:.7f}".rstrip("0").rstrip(".")
    return "PT" + (f"{int(hours)}H" if hours else "") + (f"{int(minutes)}M" if minutes else "") + f"{text}S"


def time_span(span: timedelta) -> str:
    """Days.hours:minutes:seconds, as .NET prints a time span."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours // 24}.{hours % 24:02d}:{minutes:02d}:{seconds:02d}"


def us_time(at: datetime) -> str:
    """7/14/2021 12:00:00 AM, as the property bags of jobs print it."""
    return f"{at.month}/{at.day}/{at.year} {int(at.strftime('%I'))}:{at.strftime('%M:%S %p')}"


def parse(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
