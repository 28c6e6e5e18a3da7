"""Whether one scope surely holds all that another does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import Place
from engine.policy.scope import Scope
from tests.engine.test_policy import MACHINES, SCOPES, TAGS, each, place

PLACES = st.builds(
    place,
    st.sampled_from(MACHINES),
    group=st.sampled_from(["rg-app", "rg-b", "rg-none"]),
    vault=st.sampled_from(["rsv-prod-01", "rsv-test-1", "rsv-test-"]),
    tags=TAGS,
    tags_known=st.booleans(),
    machine_known=st.booleans(),
)
PATTERNS = st.text("ab?*", min_size=1, max_size=5)


@each
@given(SCOPES, SCOPES, PLACES)
def test_what_fits_a_scope_fits_every_scope_that_contains_it(outer: Scope, inner: Scope, at: Place) -> None:
    sureness = {False: 0, None: 1, True: 2}
    assert inner.contains(inner) and Scope().contains(inner)
    if outer.contains(inner):
        assert sureness[outer.fits(at)] >= sureness[inner.fits(at)]


@each
@given(PATTERNS, PATTERNS, st.text("ab", min_size=1, max_size=6))
def test_a_pattern_contains_another_only_where_every_name_says_so(outer: str, inner: str, machine: str) -> None:
    if Scope(machine=outer).contains(Scope(machine=inner)) and Scope(machine=inner).fits(place(machine)):
        assert Scope(machine=outer).fits(place(machine))


@pytest.mark.parametrize(
    ("outer", "inner", "contained"),
    [
        (Scope(), Scope(tag="env=test"), True),
        (Scope(group="RG-*"), Scope(group="rg-test-?", vault="rsv-1"), True),
        (Scope(group="rg-?"), Scope(group="rg-*"), False),
        (Scope(tag="env=*"), Scope(tag="ENV=test"), True),
        (Scope(tag="e*=x"), Scope(tag="env=a=x"), False),
        (Scope(tag="env=test"), Scope(), False),
        (Scope(vault="rsv-1"), Scope(tag="env=test"), False),
        (Scope(machine="**"), Scope(), False),
    ],
)
def test_a_scope_contains_another_where_each_of_its_patterns_does(outer: Scope, inner: Scope, contained: bool) -> None:
    assert outer.contains(inner) is contained
