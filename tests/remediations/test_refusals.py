"""What a person reads when Azure refuses: the guard that stands in the way and the commands; nothing for unknown codes."""

import pytest

from gateway.arm.errors import AzureError, from_response
from remediations.refusals import explain, undelete

ITEM = (
    "/subscriptions/s/resourceGroups/rg-v/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure"
    "/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;web-01/protectedItems/VM;iaasvmcontainerv2;rg;web-01"
)


def refused(status: int, code: str, message: str = "no") -> AzureError:
    return from_response(status, {"code": code, "message": message}, {}, "do it", write=True)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "LinkedAuthorizationFailed", ["Resource Guard", "multi-user authorization", "Backup MUA Operator"]),
        (403, "DenyAssignmentAuthorizationFailed", ["deny assignment", "exempt"]),
        (403, "RequestDisallowedByPolicy", ["az policy exemption create"]),
        (409, "DiskRestorePointUsedByCustomer", ["shared access signature", "az disk revoke-access", "endGetAccess"]),
        (400, "BMSUserErrorDataSourceInDeferredDeleteState", ["az backup protection undelete", "resume"]),
        (400, "CloudDosAbsoluteLimitReached", ["limit", "next scheduled backup"]),
        (400, "CloudDosAbsoluteLimitReachedWithRetry", ["limit"]),
        (400, "UserErrorImmutableVaultOperationNotAllowed", ["immutable", "az backup vault show"]),
        (403, "AuthorizationFailed", ["Grant the engine's identity"]),
    ],
)
def test_a_known_refusal_is_explained_however_its_code_is_written(status: int, code: str, said: list[str]) -> None:
    for written in (code, code.lower(), code.upper()):
        text = explain(refused(status, written))
        assert all(part in text for part in said), text


def test_a_missing_right_is_named_by_its_action() -> None:
    message = "does not have authorization to perform action 'Microsoft.Authorization/locks/delete' over scope '/s'"
    assert "Microsoft.Authorization/locks/delete" in explain(refused(403, "AuthorizationFailed", message))


@pytest.mark.parametrize("code", ["", "Conflict", "InvalidParameter", "Immu", "SomethingNew"])
def test_an_unknown_refusal_gets_no_invented_advice(code: str) -> None:
    assert explain(refused(400, code)) == ""


def test_the_undelete_commands_hold_the_items_own_names() -> None:
    said = undelete(ITEM)
    for part in ("-g rg-v", "-v v", "-i 'VM;iaasvmcontainerv2;rg;web-01'", "--subscription s"):
        assert said.count(part) == 2
