"""What Azure's refusals mean, from the bodies that it really sent."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.arm import errors
from gateway.arm.errors import from_response
from tests.gateway.arm.recorded import recorded, status

FORBIDDEN = {
    "code": "AuthorizationFailed",
    "message": "The client 'a' with object id 'b' does not have authorization to perform action "
    "'Microsoft.Authorization/locks/delete' over scope '/subscriptions/s' or the scope is invalid.",
}


def error(http: int, body: Mapping[str, Any], write: bool = False, **headers: str) -> errors.AzureError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return from_response(http, body, named, "do it", write=write)


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(("sign", "kind"), [("D02", errors.Unavailable), ("D03", errors.Unavailable)])
def test_a_passing_fault_of_azure_is_unavailable(sign: str, kind: type[errors.AzureError], write: bool) -> None:
    found = error(status(sign), recorded(sign)["error"], write)
    assert type(found) is kind and isinstance(found, errors.PASSING)
    assert "do it" in str(found) and found.code == recorded(sign)["error"]["code"]


def test_a_spent_quota_tells_how_long_to_wait_in_the_text_or_in_the_header() -> None:
    body = recorded("D01")["error"]
    for found, delay in (
        (error(429, body), 324.0),
        (error(429, body, retry_after="17"), 17.0),
        (error(429, {}), 300.0),
    ):
        assert isinstance(found, errors.Throttled) and found.delay == delay


@pytest.mark.parametrize("write", [False, True])
def test_a_lock_names_the_scopes_that_are_locked(write: bool) -> None:
    found = error(409, recorded("C33")["error"], write)
    assert isinstance(found, errors.Locked) and found.scopes and not isinstance(found, errors.PASSING)
    text = recorded("C33")["error"]["message"].replace("<lock scope id>[,<...>]", "/subscriptions/s,/subscriptions/s/x")
    found = error(409, {"code": "ScopeLocked", "message": text}, write)
    assert isinstance(found, errors.Locked) and found.scopes == ("/subscriptions/s", "/subscriptions/s/x")


def test_what_compute_refuses_with_409_is_never_a_success_nor_of_unknown_effect() -> None:
    found = error(status("C29b"), recorded("C29b")["error"], True)
    assert isinstance(found, (errors.Busy, errors.Refused)) and not isinstance(found, errors.Unavailable)


def test_a_token_that_has_expired_is_a_passing_fault() -> None:
    expired = {"code": "ExpiredAuthenticationToken", "message": "The access token expiry UTC time is earlier than now."}
    assert isinstance(error(401, expired), errors.Unavailable)


def test_a_missing_right_is_named() -> None:
    found = error(403, FORBIDDEN)
    assert isinstance(found, errors.Forbidden) and found.action == "Microsoft.Authorization/locks/delete"
    assert not isinstance(found, errors.PASSING)


LINKED = (
    "The client 'a' has permission to perform action 'Microsoft.RecoveryServices/Vaults/x/backup/action' on scope '/v'; "
    "however, it does not have permission to perform action(s) '{action}' on the linked scope(s) '{scope}' (respectively)."
)
GUARD = "/subscriptions/s/resourceGroups/sec/providers/Microsoft.DataProtection/resourceGuards/guard-1"
DENY = (
    "The client 'a' with object id 'b' has permission to perform action 'Microsoft.Compute/x/delete' on scope '/s'; however, "
    "the access is denied because of the deny assignment with name 'stack-1' and Id 'c' at scope '/subscriptions/s'."
)
POLICY = 'Resource \'c\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment": {"name": "keep", "id": "/p"}}]\'.'


@pytest.mark.parametrize(
    ("code", "message", "by", "name"),
    [
        ("LinkedAuthorizationFailed", LINKED.format(action="x/read", scope=GUARD), "resource guard", "guard-1"),
        ("LinkedAuthorizationFailed", "no", "resource guard", ""),
        ("DenyAssignmentAuthorizationFailed", DENY, "deny assignment", "stack-1"),
        ("RequestDisallowedByPolicy", POLICY, "policy", "keep"),
        ("requestdisallowedbypolicy", "Disallowed.", "policy", ""),
    ],
)
def test_a_guard_is_not_mistaken_for_a_missing_right(code: str, message: str, by: str, name: str) -> None:
    for write in (False, True):
        found = error(403, {"code": code, "message": message}, write)
        assert isinstance(found, errors.Denied) and (found.by, found.name) == (by, name)
        assert not isinstance(found, (errors.Forbidden, *errors.PASSING)) and found.code == code


def test_a_resource_guard_is_not_mistaken_for_what_lies_below_it_in_an_actions_name() -> None:
    action = "Microsoft.DataProtection/resourceGuards/backupRequests/read"
    found = error(403, {"code": "LinkedAuthorizationFailed", "message": LINKED.format(action=action, scope=GUARD)})
    assert isinstance(found, errors.Denied) and (found.name, found.id) == ("guard-1", GUARD)
    by_policy = error(403, {"code": "RequestDisallowedByPolicy", "message": POLICY})
    assert isinstance(by_policy, errors.Denied) and by_policy.id == "/p"


def test_a_right_that_is_missing_on_a_linked_scope_is_named() -> None:
    subnet = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    message = LINKED.format(action="Microsoft.Network/virtualNetworks/subnets/join/action", scope=subnet)
    found = error(403, {"code": "LinkedAuthorizationFailed", "message": message})
    assert isinstance(found, errors.Forbidden) and found.action.endswith("/subnets/join/action")


@pytest.mark.parametrize(
    ("http", "code", "write", "kind"),
    [
        (404, "ResourceNotFound", False, errors.NotFound),
        (404, "ResourceGroupNotFound", True, errors.NotFound),
        (404, "", False, errors.NotFound),
        (409, "Conflict", True, errors.Busy),
        (409, "conflict", True, errors.Busy),
        (409, "", True, errors.Busy),
        (409, "InvalidParameter", True, errors.Refused),
        (400, "CloudDosAbsoluteLimitReached", True, errors.Refused),
        (400, "BMSUserErrorDataSourceInDeferredDeleteState", True, errors.Refused),
        (400, "", False, errors.Refused),
        (408, "", True, errors.Unavailable),
        (502, "InvalidGatewayHost", False, errors.Unavailable),
        (503, "ServerTimeout", True, errors.Unavailable),
        (503, "", True, errors.Unavailable),
    ],
)
def test_every_other_answer_has_one_meaning(http: int, code: str, write: bool, kind: type[errors.AzureError]) -> None:
    assert type(error(http, {"code": code, "message": "m"} if code else {}, write)) is kind


def test_azures_correlation_id_goes_along() -> None:
    assert error(500, {}, x_ms_correlation_request_id="c-1").correlation == "c-1"


def test_a_lost_connection_is_unavailable_with_its_cause() -> None:
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError

    for foreign in (ServiceRequestError("x"), ServiceResponseError("x"), TimeoutError(), ConnectionResetError()):
        with pytest.raises(errors.Unavailable) as caught, errors.translated("do it"):
            raise foreign
        assert caught.value.__cause__ is foreign
    with pytest.raises(errors.AzureError), errors.translated("do it"):
        raise ClientAuthenticationError("no token")


def test_our_own_mistakes_are_not_azures() -> None:
    with pytest.raises(KeyError), errors.translated("do it"):
        raise KeyError("x")
