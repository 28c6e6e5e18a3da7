"""ARM ids: compared without regard to case and slashes, on segment boundaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.arm import ids
from tests.remediations.made import GROUP, ITEM_ID, MACHINE_ID, SUB, VAULT

SEGMENT = st.text("abcABC019_-.();ßé", min_size=1, max_size=8)
PATH = st.lists(SEGMENT, min_size=1, max_size=8).map(lambda parts: "/" + "/".join(parts))


@given(PATH, st.sampled_from(["", "/", "//", "///"]))
def test_an_id_is_the_same_in_any_case_and_with_slashes_doubled_or_at_the_end(path: str, end: str) -> None:
    upper = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in path)
    assert ids.same(path, upper + end) and ids.same(path.replace("/", "//"), path)
    assert ids.key(ids.key(path)) == ids.key(path)


@given(PATH, PATH)
def test_ids_with_other_segments_are_others(a: str, b: str) -> None:
    assert ids.same(a, b) == ([p.lower() for p in a.split("/")] == [p.lower() for p in b.split("/")])


@pytest.mark.parametrize(
    ("one", "other"), [("rg-Straße", "rg-Strasse"), ("baſe", "base"), ("\u212a8", "k8"), ("ﬁx", "fix")]
)
def test_letters_that_only_fold_into_each_other_name_different_groups_and_items(one: str, other: str) -> None:
    assert not ids.same(f"{SUB}/resourceGroups/{one}", f"{SUB}/resourceGroups/{other}")
    assert not ids.within(f"{SUB}/resourceGroups/{one}/providers/x/y/z", f"{SUB}/resourceGroups/{other}")
    items = [ids.ItemId.parse(ids.vm_item_id(VAULT, f"iaasvmcontainerv2;{group};web-01")) for group in (one, other)]
    assert items[0].key != items[1].key and items[0].unique_name != items[1].unique_name
    assert ids.same(f"/x/{one}", f"/x/{one.swapcase() if one.isascii() else one}")


@given(PATH, SEGMENT)
def test_within_is_the_scope_itself_and_what_lies_below_and_no_neighbour(scope: str, more: str) -> None:
    assert ids.within(scope, scope) and ids.within(f"{scope}/{more}", scope + "/")
    assert not ids.within(scope, f"{scope}/{more}")
    assert not ids.within(scope + more, scope) and not ids.within(f"{scope}{more}/x", scope)


@pytest.mark.parametrize(("longer", "shorter"), [("AzureBackupRG_x_10", "AzureBackupRG_x_1"), ("rg-app2", "rg-app")])
def test_a_group_whose_name_goes_on_is_not_within(longer: str, shorter: str) -> None:
    a, b = f"{SUB}/resourceGroups/{longer}", f"{SUB}/resourceGroups/{shorter}"
    assert not ids.within(a, b) and not ids.within(b, a) and not ids.within(a + "/x", b)


@given(PATH, SEGMENT)
def test_the_scope_of_a_lock_is_what_stands_before_it(scope: str, name: str) -> None:
    for word in ("/providers/Microsoft.Authorization/locks/", "/PROVIDERS/microsoft.authorization/LOCKS/"):
        assert ids.lock_scope(f"{scope}{word}{name}") == scope
    assert ids.lock_scope(f"{scope}/{name}") == ""


def test_the_parts_of_ids_keep_their_own_case() -> None:
    assert ids.group(MACHINE_ID.replace("resourceGroups", "RESOURCEGROUPS")) == "rg-app"
    assert ids.group_id(f"{GROUP}/providers/x/y/z") == GROUP
    assert (ids.name(GROUP + "/"), ids.subscription(GROUP)) == ("AzureBackupRG_westeurope_1", SUB.rpartition("/")[2])
    assert ids.segment("/a/b/c", "c") == "" and ids.segment("", "a") == ""


def test_a_protected_item_is_taken_apart() -> None:
    told = ids.ItemId.parse(ITEM_ID)
    assert (told.vault_id, told.unique_name) == (VAULT, "rg-app;web-01")
    assert ids.vm_item_id(VAULT, "iaasvmcontainerv2;rg-app;web-01") == ITEM_ID


def test_an_item_is_the_same_by_its_short_name_and_another_in_another_vault_or_group() -> None:
    key = ids.ItemId.parse(ITEM_ID).key
    assert ids.ItemId.parse(ITEM_ID.replace("/VM;iaasvmcontainerv2;", "/VM;").upper()).key == key
    for other in (ITEM_ID.replace("rsv-prod-01", "rsv-prod-011"), ITEM_ID.replace("rg-app", "my-rg-app")):
        assert ids.ItemId.parse(other).key != key


@pytest.mark.parametrize("wrong", ["", "/", VAULT, MACHINE_ID, ITEM_ID.replace("/backupFabrics/Azure", ""), "VM;a;b;c"])
def test_what_is_no_protected_item_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="protected item"):
        ids.ItemId.parse(wrong)


@given(st.text(max_size=60))
def test_any_text_is_an_item_id_or_a_value_error(text: str) -> None:
    try:
        ids.ItemId.parse(text)
    except ValueError:
        return
    raise AssertionError(text)
