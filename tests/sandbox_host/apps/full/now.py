from collections.abc import Callable
from datetime import UTC, datetime

source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
