"""What the engine needs of the durable shell that runs its cases."""

from typing import Protocol


class Runs(Protocol):
    """Starts, wakes and looks at the durable runs; one run a case, under the case's id."""

    async def start(self, case_id: str) -> None:
        """Start the run; a run of that id that exists already is no error."""
        ...

    async def wake(self, case_id: str) -> None:
        """Have the run take its next turn now."""
        ...

    async def alive(self, case_id: str) -> bool:
        """Whether the run exists and has neither failed nor been ended."""
        ...
