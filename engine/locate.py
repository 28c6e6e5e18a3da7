"""A failure told of a machine only: its protected item is looked up."""

from dataclasses import replace

from engine.case import Failure
from engine.engine import Engine


async def located(engine: Engine, failure: Failure) -> Failure:
    """The failure with its protected item's id. Raises `gateway.arm.errors.NotFound` where the machine has none."""
    if failure.item_id:
        return failure
    return replace(failure, item_id=await engine.reads.item_of_machine(failure.machine_id))
