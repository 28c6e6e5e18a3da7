"""Worlds of many machines."""

from datetime import timedelta

from sandbox_arm import World


async def test_in_the_canary_world_every_machine_has_a_group_and_a_full_collection_of_its_own(world: World) -> None:
    arm = await world("canary_fleet")
    counts = {
        item.restore_group: len(arm.box.model.restore_points.under(item.collection)) for item in arm.box.model.items
    }
    assert sorted(counts.values()) == [18, 18, 18]


async def test_in_the_incident_world_thirty_machines_fail_with_one_code_within_the_hour(world: World) -> None:
    arm = await world("region_incident")
    failed = [job for job in arm.box.model.jobs if job.status == "Failed"]
    assert len(failed) == 30
    assert {job.problem.title for job in failed if job.problem} == {"BackUpOperationFailed"}
    ends = [job.end for job in failed if job.end]
    assert max(ends) - min(ends) < timedelta(hours=1)
