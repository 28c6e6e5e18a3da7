"""What roles allow and deny assignments forbid: Azure's wildcards, exceptions, and reach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.arm.parse_rights import block, deny_assignment
from gateway.arm.rights import EVERYONE, Block, Permissions

ACTION = "Microsoft.Compute/restorePointCollections/restorePoints/delete"
GROUP = "/subscriptions/s/resourceGroups/g"
words = st.text(alphabet="abAB/.[(+?", max_size=6)


@pytest.mark.parametrize(
    ("actions", "exceptions", "allowed"),
    [
        (["*"], [], True),
        (["*/delete"], [], True),
        (["microsoft.compute/*"], [], True),
        (["Microsoft.Compute/*/delete"], [], True),
        ([ACTION.upper()], [], True),
        (["Microsoft.Compute/restorePointCollections/delete"], [], False),
        (["Microsoft.Compute/restorePointCollections/restorePoints"], [], False),
        (["*/read"], [], False),
        (["*"], ["*/DELETE"], False),
        (["*"], ["Microsoft.Compute/restorePointCollections/delete"], True),
        ([], [], False),
    ],
)
def test_a_block_allows_what_its_patterns_name_and_its_exceptions_do_not(
    actions: list[str], exceptions: list[str], allowed: bool
) -> None:
    assert Permissions((block({"actions": actions, "notActions": exceptions}),)).allows(ACTION) == allowed


def test_what_one_role_excepts_another_may_still_grant() -> None:
    contributor = Block(("*",), ("Microsoft.Authorization/*/Delete",))
    lifter = Block(("Microsoft.Authorization/locks/delete",))
    assert not Permissions((contributor,)).allows("Microsoft.Authorization/locks/delete")
    assert Permissions((contributor, lifter)).allows("Microsoft.Authorization/locks/delete")


@given(head=words, middle=words, tail=words)
def test_a_star_stands_for_any_run_and_all_else_for_itself(head: str, middle: str, tail: str) -> None:
    assert Block((f"{head}*{tail}",)).names(f"{head}{middle}{tail}".swapcase())
    assert not Block((f"{head}x{tail}",)).names(f"{head}{tail}")


def denial(**properties: object) -> dict[str, object]:
    return {
        "id": f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/1",
        "name": "1",
        "properties": {
            "denyAssignmentName": "stack",
            "permissions": [{"actions": ["*/delete"], "notActions": ["Microsoft.Storage/*"]}],
            "scope": GROUP,
            "principals": [{"id": EVERYONE, "type": "SystemDefined"}],
            **properties,
        },
    }


def test_a_deny_assignment_is_read_whole() -> None:
    found = deny_assignment(denial(excludePrincipals=[{"id": "p", "type": "ServicePrincipal"}]))
    assert (found.name, found.scope, found.everyone) == ("stack", GROUP, True)
    assert [p.id for p in found.exempt] == ["p"]
    assert found.denies(ACTION) and not found.denies("Microsoft.Storage/accounts/delete")


@pytest.mark.parametrize(
    ("scope", "children", "reached"),
    [
        (GROUP, True, True),
        (GROUP.upper(), False, True),
        (f"{GROUP}/providers/p/t/n", True, True),
        (f"{GROUP}/providers/p/t/n", False, False),
        (f"{GROUP}2", True, False),
        ("/subscriptions/s", True, False),
    ],
)
def test_a_deny_assignment_reaches_its_scope_and_if_it_says_so_what_lies_below(
    scope: str, children: bool, reached: bool
) -> None:
    assert deny_assignment(denial(doNotApplyToChildScopes=not children)).reaches(scope) == reached
