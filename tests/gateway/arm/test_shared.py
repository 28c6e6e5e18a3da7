"""Lists that many cases share: one flight at a time, none older than half a minute or than our own last write."""

import asyncio
from datetime import timedelta

import pytest

from gateway.arm.shared import MAX_AGE, Shared
from tests.remediations.made import NOW


class Source:
    """Answers with the number of the asking; `gate` holds it back."""

    def __init__(self) -> None:
        self.asked, self.fail, self.gate = 0, False, asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.gate.wait()
        if self.fail:
            raise ConnectionError("lost")
        return mine


async def test_fifty_who_ask_at_once_share_one_flight() -> None:
    shared, source = Shared(), Source()
    assert set(await asyncio.gather(*[shared.get("jobs", "v", NOW, source) for _ in range(50)])) == {1}


async def test_kinds_and_scopes_do_not_mix() -> None:
    shared, source = Shared(), Source()
    asked = [("jobs", "v"), ("jobs", "w"), ("locks", "v")]
    assert [await shared.get(kind, scope, NOW, source) for kind, scope in asked] == [1, 2, 3]


@pytest.mark.parametrize(("age", "answer"), [(timedelta(0), 1), (MAX_AGE, 1), (MAX_AGE + timedelta(seconds=1), 2)])
async def test_an_answer_is_good_for_half_a_minute(age: timedelta, answer: int) -> None:
    shared, source = Shared(), Source()
    await shared.get("jobs", "v", NOW, source)
    assert await shared.get("jobs", "v", NOW + age, source) == answer


async def test_who_asks_for_less_gets_an_older_answer() -> None:
    shared, source, hour = Shared(), Source(), timedelta(hours=1)
    await shared.get("counts", "v", NOW, source, hour)
    assert await shared.get("counts", "v", NOW + hour, source, hour) == 1
    assert await shared.get("counts", "v", NOW + hour + timedelta(seconds=1), source, hour) == 2


async def test_after_a_write_nobody_gets_an_answer_that_was_asked_for_before() -> None:
    shared, source = Shared(), Source()
    source.gate.clear()
    before = asyncio.ensure_future(shared.get("locks", "s", NOW, source))
    await asyncio.sleep(0)
    shared.expire("locks", "s")
    after = asyncio.ensure_future(shared.get("locks", "s", NOW, source))
    await asyncio.sleep(0)
    source.gate.set()
    assert (await before, await after, await shared.get("locks", "s", NOW, source)) == (1, 2, 2)


async def test_a_failed_flight_fails_those_who_shared_it_and_the_next_asks_anew() -> None:
    shared, source = Shared(), Source()
    source.fail = True
    got = await asyncio.gather(*[shared.get("jobs", "v", NOW, source) for _ in range(3)], return_exceptions=True)
    assert [type(one) for one in got] == [ConnectionError] * 3 and source.asked == 1
    source.fail = False
    assert await shared.get("jobs", "v", NOW, source) == 2


async def test_one_who_goes_away_does_not_end_the_flight_of_the_others() -> None:
    shared, source = Shared(), Source()
    source.gate.clear()
    one, other = (asyncio.ensure_future(shared.get("jobs", "v", NOW, source)) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.sleep(0)
    source.gate.set()
    assert await other == 1
