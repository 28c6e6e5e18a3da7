"""All that would change with the next release of azure-functions-durable: starting, waking and looking at runs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.durable_functions import DurableFunctionsClient

ORCHESTRATOR = "case_v1"
WAKE = "wake"


class DurableRuns:
    """`engine.ports.Runs` over the durable client that a trigger was given."""

    def __init__(self, client: "DurableFunctionsClient") -> None:
        self._client = client

    async def start(self, case_id: str) -> None:
        """Start the case's run. One that exists and lives is left alone; one that failed or was ended is replaced."""
        if not await self._schedule(case_id) and not await self.alive(case_id):
            await self._client.purge_orchestration(case_id)
            await self._schedule(case_id)  # two that replace at once: the later finds the other's, which lives

    async def wake(self, case_id: str) -> None:
        """Wake the case's run; one that has just ended needs no waking, for its case looks at what joined."""
        from grpc import StatusCode
        from grpc.aio import AioRpcError

        try:
            await self._client.raise_orchestration_event(case_id, WAKE)
        except AioRpcError as e:
            if e.code() not in (StatusCode.FAILED_PRECONDITION, StatusCode.NOT_FOUND):
                raise

    async def alive(self, case_id: str) -> bool:
        state = await self._client.get_orchestration_state(case_id, fetch_payloads=False)
        return state is not None and state.runtime_status.name not in ("COMPLETED", "FAILED", "TERMINATED")

    async def _schedule(self, case_id: str) -> bool:
        """False where a run of this case exists."""
        from grpc import StatusCode
        from grpc.aio import AioRpcError

        try:
            await self._client.schedule_new_orchestration(ORCHESTRATOR, input={"case": case_id}, instance_id=case_id)
        except AioRpcError as e:
            if e.code() != StatusCode.ALREADY_EXISTS:
                raise
            return False
        return True
