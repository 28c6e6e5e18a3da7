"""The issuer's keys: read when needed, not at every stranger's wish, and kept while the issuer is away."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from functions.callers.refusals import CannotTell, Unproven
from functions.callers.signing_keys import SigningKeys
from tests.functions.callers.issuer import TENANT, Issuer, issuing, jwk

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        yield opened


@pytest.fixture
def keys(issuer: Issuer) -> SigningKeys:
    return SigningKeys(f"{issuer.url}/{TENANT}/discovery/v2.0/keys")


async def test_made_up_ids_make_the_keys_be_read_once_a_minute(issuer: Issuer, keys: SigningKeys) -> None:
    for second in range(0, 120, 5):
        with pytest.raises(Unproven):
            await keys.key(f"made up {second}", NOW + timedelta(seconds=second))
    assert issuer.asked == 2
    await keys.key("key-1", NOW + timedelta(hours=23))
    assert issuer.asked == 2


async def test_many_at_once_read_the_keys_once(issuer: Issuer, keys: SigningKeys) -> None:
    got = await asyncio.gather(*(keys.key("key-1", NOW) for _ in range(20)))
    assert len(got) == 20 and issuer.asked == 1


async def test_a_new_key_is_found_after_a_minute_and_an_old_one_goes_after_a_day(
    issuer: Issuer, keys: SigningKeys
) -> None:
    await keys.key("key-1", NOW)
    issuer.published = [jwk("theirs", "key-2")]
    with pytest.raises(Unproven):
        await keys.key("key-2", NOW + timedelta(seconds=59))
    await keys.key("key-1", NOW + timedelta(seconds=59))
    await keys.key("key-2", NOW + timedelta(seconds=60))
    with pytest.raises(Unproven):
        await keys.key("key-1", NOW + timedelta(seconds=61))
    issuer.published = [jwk("ours", "key-1")]
    await keys.key("key-2", NOW + timedelta(hours=23))
    with pytest.raises(Unproven):
        await keys.key("key-2", NOW + timedelta(hours=25))


async def test_while_the_issuer_is_away_known_keys_serve_and_nothing_else_does(
    issuer: Issuer, keys: SigningKeys
) -> None:
    issuer.status = 503
    with pytest.raises(CannotTell):
        await keys.key("key-1", NOW)
    with pytest.raises(CannotTell):
        await keys.key("key-1", NOW + timedelta(seconds=9))
    assert issuer.asked == 1
    issuer.status = 200
    await keys.key("key-1", NOW + timedelta(seconds=10))
    issuer.status = 500
    await keys.key("key-1", NOW + timedelta(days=2))
    with pytest.raises(CannotTell):
        await keys.key("key-2", NOW + timedelta(days=2))


@pytest.mark.parametrize(
    "published",
    [
        [],
        None,
        "keys",
        [7],
        [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}],
        [jwk("ours", "key-1", kty="EC")],
        [jwk("ours", "key-1", use="enc")],
        [{**jwk("ours", "key-1"), "n": ""}],
        [{name: value for name, value in jwk("ours", "key-1").items() if name != "kid"}],
    ],
    ids=lambda told: json.dumps(told)[:30],
)
async def test_what_is_no_rsa_key_for_signatures_is_none(issuer: Issuer, keys: SigningKeys, published: object) -> None:
    issuer.published = published  # type: ignore[assignment]
    with pytest.raises(CannotTell):
        await keys.key("key-1", NOW)
    issuer.published = [jwk("ours", "key-1"), {"kty": "RSA", "kid": "key-2"}]
    assert await keys.key("key-1", NOW + timedelta(minutes=1))


async def test_an_issuer_that_sends_elsewhere_is_not_followed(issuer: Issuer, keys: SigningKeys) -> None:
    issuer.status = 302
    with pytest.raises(CannotTell):
        await keys.key("key-1", NOW)
