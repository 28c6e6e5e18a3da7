"""Subscriptions for the hooks: `az` in front of one JSON file, with the rules of Azure that bear on them.

Run as a program of its own, by the standard library alone. A call or a query that it does not know is an error. A
CanNotDelete lock also keeps the role assignments and settings at or below its scope; a ReadOnly lock forbids new ones
(https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources).
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
MEANINGS: dict[str, Callable[..., list[Any]]] = {
    r"\[\]\.id": lambda found: [one["id"] for one in found],
    r"\[\]\.\[id, roleDefinitionId, scope\]": lambda found: [
        [one["id"], one["roleDefinitionId"], one["scope"]] for one in found
    ],
    r"\[\?name=='(.+)'\]\.name": lambda found, name: [name for one in found if one["name"] == name],
    r"\[\?name=='(.+)'\]\.identity\.principalId": lambda found, name: [
        one["principalId"] for one in found if one["name"] == name
    ],
    r"\[\?description && ends_with\(description, '(.+)'\)\]\.name": lambda found, end: [
        one["name"] for one in found if one.get("description") and one["description"].endswith(end)
    ],
    r"\[\?starts_with\(name, '(.+)'\)\]"
    r"\.\[name, parameters\.profileName\.value, parameters\.logAnalytics\.value\]": lambda found, begin: [
        [one["name"], one["setting"], one["workspaceId"]] for one in found if one["name"].startswith(begin)
    ],
    r"value\[\?name=='(.+)'\]\.properties\.workspaceId": lambda found, name: [
        one["workspaceId"] for one in found if one["name"] == name
    ],
}
SETTINGS = "/providers/Microsoft.Insights/diagnosticSettings"
ROLES = {"vaults": "vaultOperatorRole", "restorePointGroups": "custodianRole", "machineGroups": "guestRole"}
WITHOUT_VAULTS = "vaultOperatorRole"


class Refused(Exception):
    """What Azure answers with an error."""


def _told(value: Any, query: str) -> str:
    """What `--query` makes of an answer, as `-o tsv` shows it."""
    for pattern, meaning in MEANINGS.items():
        if found := re.fullmatch(pattern, query):
            rows = meaning(value, *found.groups())
            return "\n".join("\t".join(row) if isinstance(row, list) else row for row in rows)
    raise SystemExit(f"this query is not known: {query}")


def _keep_locked(azure: Thing, scope: str, level: str) -> None:
    for lock, kind in azure["locks"].items():
        if kind == level and f"{scope}/".casefold().startswith(f"{lock}/".casefold()):
            raise Refused(f"(ScopeLocked) The scope {scope} is locked: {lock}. Please remove the lock and try again.")


def _take(azure: Thing, kind: str, **what: str) -> None:
    """Remove the one thing of a kind that is meant, which must be there."""
    [one] = [one for one in azure[kind] if what.items() <= one.items()]
    _keep_locked(azure, one.get("scope") or one.get("vault") or "", "CanNotDelete")
    azure[kind].remove(one)


def _answer(azure: Thing, words: list[str], given: Thing) -> Any:
    """What `az` answers before its `--query`; the subscriptions change."""
    at = f"/subscriptions/{given.get('--subscription', azure['current'])}"
    match words:
        case ["role", "assignment", "list"]:
            below = [one for one in azure["assignments"] if one["scope"].startswith(at)]
            return [one for one in below if one["principalId"] == given["--assignee"]]
        case ["role", "assignment", "delete"]:
            _take(azure, "assignments", id=given["--ids"])
        case ["role", "definition", "list"]:
            return [one for one in azure["roles"] if one["at"] == at]
        case ["role", "definition", "delete"]:
            _delete_role(azure, given["--name"], given.get("--scope", at))
        case ["deployment", "sub", "create"]:
            _deploy(azure, given)
        case ["policy", "assignment", "list"]:
            return [one for one in azure["policies"] if one["at"] == given["--scope"]]
        case ["policy", "assignment", "delete"]:
            _take(azure, "policies", name=given["--name"], at=given["--scope"])
        case ["policy", "remediation", "list"]:
            return [one for one in azure["remediations"] if one["at"] == at]
        case ["policy", "remediation", verb]:
            _remediate(azure, verb, given["--name"], at, given.get("--policy-assignment"))
        case ["resource", "list"] if given["--resource-type"] == "Microsoft.RecoveryServices/vaults":
            return [{"id": one} for one in azure["vaults"] if one.startswith(at)]
        case ["rest"]:
            vault, _, name = given["--url"].partition("?")[0].partition(SETTINGS)
            if given.get("--method") != "delete":
                return [one for one in azure["settings"] if one["vault"] == vault]
            _take(azure, "settings", vault=vault, name=name.removeprefix("/"))
        case ["group", "exists"]:
            return f"{at}/resourceGroups/{given['--name']}" in azure["groups"]
        case ["group", "delete"]:
            azure["groups"].remove(f"{at}/resourceGroups/{given['--name']}")
        case ["provider", "register"]:
            azure["providers"].append(f"{at} {given['--namespace']}")
        case _:
            raise SystemExit(f"this call is not known: {' '.join(words)}")
    return None


def _delete_role(azure: Thing, name: str, scope: str) -> None:
    """A role that is looked for in another subscription is not found, which `az` takes for well done."""
    if any(one["roleDefinitionId"].endswith(name) for one in azure["assignments"]):
        raise Refused("(RoleDefinitionHasAssignments) There are existing role assignments referencing role")
    azure["roles"] = [one for one in azure["roles"] if (one["name"], one["at"]) != (name, scope)]


def _remediate(azure: Thing, verb: str, name: str, at: str, assignment_id: str | None) -> None:
    """One that is under way may neither be written again nor be deleted, one that has ended not be cancelled.

    https://github.com/Azure/azure-policy/issues/1234
    """
    found = [one for one in azure["remediations"] if (one["name"], one["at"]) == (name, at)]
    state = found[0]["state"] if found else ""
    if verb == "create":
        if state in ("Evaluating", "Cancelling"):
            raise Refused("(InvalidUpdateRemediationRequest) A remediation may not be changed while it is active.")
        new = {"name": name, "at": at, "state": "Evaluating", "of": assignment_id}
        azure["remediations"] = [one for one in azure["remediations"] if one not in found] + [new]
    elif verb == "cancel":
        if state != "Evaluating":
            raise Refused("(InvalidCancelRemediationRequest) A completed remediation cannot be cancelled.")
        found[0]["state"] = azure["cancelled"]
    else:
        if state in ("Evaluating", "Cancelling"):
            raise Refused("(InvalidDeleteRemediationRequest) It must be in a terminal provisioning state.")
        _take(azure, "remediations", name=name, at=at)


def _deploy(azure: Thing, given: Thing) -> None:
    """As rights.bicep: an assignment for each id, under a name that a second deployment finds again."""
    if not Path(given["--template-file"]).exists():
        raise Refused(f"no file {given['--template-file']}")
    asked = {name: one["value"] for name, one in json.loads(given["--parameters"]).items()}
    for one in asked["subscriptions"]:
        group = f"/subscriptions/{one}/resourceGroups/{asked['alertsGroupName']}"
        azure["groups"] = sorted({*azure["groups"], group})
        for role in ["readerRole"] if asked["vaults"] else ["readerRole", WITHOUT_VAULTS]:
            _assign(azure, f"/subscriptions/{one}", asked[role], asked["principalId"])
    for listed, role in ROLES.items():
        for one in asked[listed]:
            parts = one.split("/")[1 : 9 if listed == "vaults" else 5]
            _assign(azure, "/" + "/".join(parts), asked[role], asked["principalId"])
    azure["deployments"].append({"name": given["--name"], "alerts": asked["alerts"]})


def _assign(azure: Thing, scope: str, role: str, principal: str) -> None:
    _keep_locked(azure, scope, "ReadOnly")
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{scope} {role} {principal}".casefold())
    if not any(one["id"].endswith(str(name)) for one in azure["assignments"]):
        azure["assignments"].append(assignment(scope, role, principal, str(name)))


def assignment(scope: str, role: str, principal: str, name: str) -> Thing:
    """A role assignment as `az role assignment list` shows it."""
    subscription = "/".join(scope.split("/")[:3])
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "scope": scope,
        "principalId": principal,
    }


def _options(words: list[str]) -> Thing:
    """Options with their values; one without is a switch."""
    found: Thing = {}
    for place, word in enumerate(words):
        if word.startswith("-"):
            after = words[place + 1 : place + 2]
            found[word] = after[0] if after and not after[0].startswith("-") else True
    return found


def main(program: str, words: list[str]) -> int:
    file = Path(os.environ["TENANT"])
    azure = json.loads(file.read_text("utf-8"))
    azure["calls"].append([program, *words])
    at = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        if azure["refuses"] and azure["refuses"] in " ".join(words):
            raise Refused("(AuthorizationFailed) The client does not have authorization")
        answer, given = _answer(azure, words[:at], _options(words[at:])), _options(words[at:])
    except Refused as e:
        print(f"ERROR: {e}", file=sys.stderr)
        return 1
    finally:
        file.write_text(json.dumps(azure), "utf-8")
    if answer is not None:
        print(_told(answer, given["--query"]) if "--query" in given else json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
