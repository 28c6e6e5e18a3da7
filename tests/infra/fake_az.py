"""A tenant for the hooks: `az` and `azd` in front of one JSON file, with Microsoft Graph's rules that bear on them.

Run as a program of its own, by the standard library alone. A call that it does not know is an error. JMESPath is
not at hand, so each query of the hooks stands here with its meaning; one that is reworded is not known any more.
"""

import json
import os
import re
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
OWNED, CLIENTS = "api.oauth2PermissionScopes", "api.preAuthorizedApplications"
MEANINGS: dict[str, Callable[..., Any]] = {
    r"\[\?displayName=='(.+)'\]\.appId": lambda found, name: "\n".join(
        one["appId"] for one in found if one["displayName"] == name
    ),
    r"\[\?id=='(.*)'\]\.id": lambda found, one: "\n".join(owner["id"] for owner in found if owner["id"] == one),
    r"tenantId": lambda one: one["tenantId"],
    r"user\.type": lambda one: one["user"]["type"],
    r"user\.name": lambda one: one["user"]["name"],
    r"appId": lambda one: one["appId"],
    r"id": lambda one: one["id"],
    r"appRoles\[\?value=='(.+)'\]\.id \| \[0\]": lambda one, value: _first(
        role["id"] for role in one["appRoles"] if role["value"] == value
    ),
    r"length\(value\[\?resourceId=='(.+)' && appRoleId=='(.+)'\]\)": lambda held, resource, role: len(
        [one for one in held["value"] if (one["resourceId"], one["appRoleId"]) == (resource, role)]
    ),
    rf"{OWNED}\[\?value=='(.+)'\]\.id \| \[0\]": lambda one, value: _first(
        scope["id"] for scope in one["api"]["oauth2PermissionScopes"] if scope["value"] == value
    ),
    rf"\[{OWNED}, `(.+)`\]\[\]": lambda one, more: one["api"]["oauth2PermissionScopes"] + json.loads(more),
    rf"length\({CLIENTS}\[\?appId=='(.+)' && contains\(delegatedPermissionIds, '(.+)'\)\]\)": lambda one, app, scope: len(
        [c for c in one["api"]["preAuthorizedApplications"] if c["appId"] == app and scope in c["delegatedPermissionIds"]]
    ),
    rf"\[{CLIENTS}\[\?appId!='(.+)'\], \[{{appId: '\1', delegatedPermissionIds: "
    rf"\[{CLIENTS}\[\?appId=='\1'\]\.delegatedPermissionIds\[\], \['(.+)'\]\]\[\]}}\]\]\[\]": lambda one, app, scope: _with(
        one["api"]["preAuthorizedApplications"], app, scope
    ),
    r"endpoints\.microsoftGraphResourceId": lambda _: "https://graph.example/",
}  # fmt: skip


class Refused(Exception):
    """What Graph answers with an error."""


def _first(found: Any) -> Any:
    return next(iter(found), None)


def _with(clients: list[Thing], app: str, scope: str) -> list[Thing]:
    held = [one for client in clients if client["appId"] == app for one in client["delegatedPermissionIds"]]
    others = [client for client in clients if client["appId"] != app]
    return [*others, {"appId": app, "delegatedPermissionIds": [*held, scope]}]


def _asked(value: Any, query: str, form: str) -> str:
    """What `--query` makes of an answer, as `-o` shows it."""
    for pattern, meaning in MEANINGS.items():
        if found := re.fullmatch(pattern, query, re.DOTALL):
            told = meaning(value, *found.groups())
            return json.dumps(told, indent=2) if form == "json" else "" if told is None else str(told)
    raise SystemExit(f"this query is not known: {query}")


def _answer(tenant: Thing, words: list[str], options: Thing) -> Any:
    """What `az` answers before its `--query`; the tenant changes."""
    by_id = next((app for app in tenant["apps"] if app["appId"] == options.get("--id")), None)
    match words:
        case ["ad", "app", "list"]:
            return [app for app in tenant["apps"] if app["displayName"].startswith(options["--display-name"])]
        case ["ad", "app", "create"]:
            made = {"appId": str(uuid.uuid4()), "id": str(uuid.uuid4()), "displayName": options["--display-name"]}
            api: Thing = {"oauth2PermissionScopes": [], "preAuthorizedApplications": []}
            owners = [tenant["account"]["user"]["name"]] if tenant["account"]["user"]["type"] == "user" else []
            tenant["apps"].append({**made, "api": api, "appRoles": [], "identifierUris": [], "owners": owners})
            return tenant["apps"][-1]
        case ["ad", "app", "update"] if by_id:
            by_id["identifierUris"] = [options["--identifier-uris"]]
            by_id["appRoles"] = json.loads(options["--app-roles"])
        case ["ad", "app", "show"] if by_id:
            return by_id
        case ["ad", "app", "owner", "add"] if by_id:
            by_id["owners"] = sorted({*by_id["owners"], options["--owner-object-id"]})
        case ["ad", "sp", "show" | "create" as verb]:
            if verb == "create":
                tenant["principals"][options["--id"]] = str(uuid.uuid4())
            elif options["--id"] not in tenant["principals"]:
                raise Refused("Resource does not exist")
            return {"id": tenant["principals"][options["--id"]]}
        case ["ad", "app", "owner", "list"] if by_id:
            return [{"id": one} for one in by_id["owners"]]
        case ["ad", "signed-in-user", "show"]:
            if tenant["account"]["user"]["type"] == "servicePrincipal":
                raise Refused("/me request is only valid with delegated authentication flow.")
            return {"id": tenant["account"]["user"]["name"]}
        case ["account", "show"]:
            return _account(tenant, options.get("--subscription"))
        case ["cloud", "show"]:
            return {}
        case ["rest"]:
            return _graph(tenant, options.get("--method", "get"), options["--url"], options.get("--body", "{}"))
        case _:
            raise SystemExit(f"this call is not known: {' '.join(words)}")
    return None


def _account(tenant: Thing, subscription: str | None) -> Thing:
    """The signed-in account; of another subscription only its tenant matters."""
    if subscription is None:
        return dict(tenant["account"])
    if subscription not in tenant["subscriptions"]:
        raise Refused(f"Subscription '{subscription}' not found.")
    return {"tenantId": tenant["subscriptions"][subscription]}


def _graph(tenant: Thing, method: str, url: str, body: str) -> Any:
    path, given = url.removeprefix("https://graph.example/v1.0/").split("/"), json.loads(body)
    match method, path:
        case "patch", ["applications", object_id]:
            app = next(one for one in tenant["apps"] if one["id"] == object_id)
            _patch(app["api"], given["api"])
        case "get", ["servicePrincipals", _, "appRoleAssignments"]:
            return {"value": tenant["assignments"]}
        case "post", ["servicePrincipals", _, "appRoleAssignments"]:
            tenant["assignments"].append(given)
        case _:
            raise SystemExit(f"this request is not known: {method} {url}")
    return None


def _patch(api: Thing, given: Thing) -> None:
    """A list that is given replaces the whole list; one that is not given stays."""
    after = api | given
    kept = {scope["id"] for scope in after["oauth2PermissionScopes"]}
    if any(scope["isEnabled"] and scope["id"] not in kept for scope in api["oauth2PermissionScopes"]):
        raise Refused("Permission (scope or role) cannot be deleted or updated unless disabled first")
    values = [scope["value"] for scope in after["oauth2PermissionScopes"]]
    if len(set(values)) < len(values):
        raise Refused("It contains duplicate value")
    known = {scope["id"] for scope in api["oauth2PermissionScopes"]}  # as they were before this request
    for client in given.get("preAuthorizedApplications", []):
        if not known.issuperset(client["delegatedPermissionIds"]):
            raise Refused("delegatedPermissionIds has a Permission Id that cannot be found in the AppPermissions sets")
    api.update(after)


def main(program: str, given: list[str]) -> int:
    file = Path(os.environ["TENANT"])
    tenant = json.loads(file.read_text("utf-8"))
    tenant["calls"].append([program, *given])
    at = next((n for n, word in enumerate(given) if word.startswith("-")), len(given))
    words, options = given[:at], dict(zip(given[at::2], given[at + 1 :: 2], strict=True))
    try:
        if tenant["refuses"] and tenant["refuses"] in " ".join(given):
            raise Refused("Insufficient privileges to complete the operation")
        answer = None if program == "azd" else _answer(tenant, words, options)
    except Refused as e:
        print(f"ERROR: {e}", file=sys.stderr)
        return 1
    finally:
        file.write_text(json.dumps(tenant), "utf-8")
    if answer is not None and "--query" in options:
        print(_asked(answer, options["--query"], options.get("-o", "json")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
