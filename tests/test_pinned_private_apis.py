"""What we use of pinned packages without their promise; a new pin must pass here first."""

import inspect

import azure.durable_functions as df
import azure_functions_runtime as runtime
from aiohttp import ClientSession
from azure.mgmt.compute.operations import _operations as compute
from azure.mgmt.recoveryservicesbackup.aio.operations import BackupsOperations
from azure.mgmt.recoveryservicesbackup.operations import _operations as backup
from durabletask.client import AsyncTaskHubGrpcClient
from durabletask.testing import in_memory_backend

from gateway.arm import raw


def test_the_runtime_offers_the_calls_that_the_local_host_makes() -> None:
    for name in (
        "worker_init_request",
        "functions_metadata_request",
        "function_load_request",
        "invocation_request",
        "start_threadpool_executor",
    ):
        assert callable(getattr(runtime, name)), name


def test_the_durable_client_starts_wakes_and_looks_at_runs() -> None:
    assert issubclass(df.DurableFunctionsClient, AsyncTaskHubGrpcClient)
    start = inspect.signature(AsyncTaskHubGrpcClient.schedule_new_orchestration).parameters
    assert {"input", "instance_id"} <= set(start)
    for name in ("raise_orchestration_event", "get_orchestration_state", "purge_orchestration"):
        assert inspect.iscoroutinefunction(getattr(AsyncTaskHubGrpcClient, name)), name


def test_the_backend_that_the_local_host_extends_has_the_seams_it_uses() -> None:
    backend = in_memory_backend.InMemoryOrchestrationBackend
    for name in (
        "_enqueue_orchestration",
        "_notify_waiters",
        "_process_create_timer_action",
        "CompleteOrchestratorTask",
    ):
        assert callable(getattr(backend, name)), name


async def test_aiohttp_can_be_kept_from_sending_a_write_twice() -> None:
    async with ClientSession() as session:
        assert session._retry_connection is True


def test_trigger_returns_nothing_so_that_headers_are_taken_by_a_hook() -> None:
    assert inspect.signature(BackupsOperations.trigger).return_annotation in (None, "None")


def test_the_api_versions_of_raw_reads_are_those_of_the_pinned_sdks() -> None:
    collection = compute.build_restore_point_collections_get_request("g", "c", "s")
    jobs = backup.build_backup_jobs_list_request("v", "g", "s")
    assert collection.url.endswith(f"api-version={raw.COMPUTE_API}")
    assert jobs.url.endswith(f"api-version={raw.BACKUP_API}")
