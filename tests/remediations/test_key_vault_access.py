"""Who holds a right is told for certain or left open, whatever the vault grants to whom."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.arm.key_vaults import DataRole, KeyVault, RoleAssignment
from remediations.key_vaults.access import Holder, Wanted, by_roles, judged

NEEDED = ("secrets get", "secrets list", "secrets backup", "keys get")
VAULT, WANTED = KeyVault("/v", "v", False), Wanted("/v", True, True)
holders = st.lists(
    st.builds(
        Holder,
        st.sampled_from(["SERVICE", "service", "a", "b"]),
        st.sampled_from(["", "User", "Group", "ForeignGroup", "ServicePrincipal"]),
        st.sets(st.sampled_from(NEEDED)).map(lambda held: tuple(sorted(held))),
        st.booleans(),
    ),
    max_size=5,
).map(tuple)


def held_in(holders: tuple[Holder, ...], identities: set[str]) -> set[str]:
    """What a service that is these principals, or a member of them, holds at most."""
    return {right for one in holders if one.object_id.lower() in identities for right in one.held}


@given(holders)
def test_a_right_is_missing_only_where_no_membership_could_give_it(given_holders: tuple[Holder, ...]) -> None:
    groups = {h.object_id.lower() for h in given_holders if h.kind.endswith("Group")}
    known = judged(VAULT, WANTED, NEEDED, given_holders, "service")
    of_groups = tuple(h for h in given_holders if h.kind.endswith("Group"))
    most = held_in(given_holders, {"service"}) | held_in(of_groups, groups)
    assert set(known.missing) == set(NEEDED) - most
    unknown = judged(VAULT, WANTED, NEEDED, given_holders, "")
    assert set(unknown.missing) == set(NEEDED) - held_in(given_holders, {"service", "a", "b"})


@given(holders)
def test_nothing_is_missing_and_nothing_doubtful_only_where_the_service_itself_holds_all(
    given_holders: tuple[Holder, ...],
) -> None:
    own = {right for h in given_holders if h.certain and h.object_id.lower() == "service" for right in h.held}
    found = judged(VAULT, WANTED, NEEDED, given_holders, "service")
    assert (not found.missing and not found.doubtful) == (own == set(NEEDED))
    blind = judged(VAULT, WANTED, NEEDED, given_holders, "")
    assert blind.missing or blind.doubtful, "without its object id the service is never cleared"


def test_a_role_that_is_not_listed_may_hold_anything() -> None:
    assigned = (RoleAssignment("service", "ServicePrincipal", "/x/roleDefinitions/r", "/v"),)
    (found,) = by_roles(assigned, (), NEEDED)
    assert found.held == NEEDED and not found.certain
    (found,) = by_roles(assigned, (DataRole("/other/scope/roleDefinitions/R", "owner", ()),), NEEDED)
    assert found.held == () and found.certain
