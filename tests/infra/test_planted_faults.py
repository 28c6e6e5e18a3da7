"""Each fault that somebody may make turns `make infra-check` red, and the finding names it."""

from pathlib import Path

import pytest

from infra.check.__main__ import main
from tests.infra.planted import Project

FUNCTIONS, STORAGE = "infra/app/functions.bicep", "infra/app/storage.bicep"
MAIN, PARAMETERS = "infra/main.bicep", "infra/main.parameters.json"
ACTIONS, OUTCOMES = "infra/app/actions.bicep", "infra/app/outcomes.bicep"
RIGHTS, HANDS_OVER = "infra/rights.bicep", "infra/hooks/rights.sh"
ALERTS, WORKBOOK = "infra/app/engine-alerts.json", "infra/app/workbook.json"

FAULTS = {
    "a wrong property": (ACTIONS, "groupShortName: 'bkpengine'", "shortName: 'bkpengine'", "no such property"),
    "a required property that is missing": (ACTIONS, "    groupShortName: 'bkpengine'\n", "", "groupShortName: is missing"),
    "a name that is too long": (ACTIONS, "'bkpengine'", "'bkpengine-long'", "0 to 12 characters"),
    "a version that Azure does not have": (STORAGE, "queueServices@2025-01-01", "queueServices@2025-01-31", "no such version"),
    "a type that Azure does not have": (STORAGE, "queueServices/queues@", "queueServices/queue@", "is no type"),
    "a version whose types are not held": (FUNCTIONS, "serverfarms@2024-11-01", "serverfarms@2025-03-01", "add its types"),
    "a resource without a version": (FUNCTIONS, "serverfarms@2024-11-01", "serverfarms", "names no api version"),
    "a value outside a closed enum": (STORAGE, "isolated ? 'Deny' : 'Allow'", "isolated ? 'Refuse' : 'Allow'", "'Refuse' is none of"),
    "a kind that none of the known is": ("infra/app/backup-alerts.bicep", "'AddActionGroups'", "'AddGroups'", "is none of"),
    "a text where a number belongs": (FUNCTIONS, "instanceMemoryMB: 2048", "instanceMemoryMB: '2048'", "takes an int, not a string"),
    "a list where an object belongs": (FUNCTIONS, "properties: { reserved: true }", "properties: [true]", "takes an object"),
    "a read-only property": (FUNCTIONS, "    httpsOnly: true", "    state: 'Running'\n    httpsOnly: true", "is read-only"),
    "a property that is read and is not there": (FUNCTIONS, "site.properties.defaultHostName", "site.properties.hostName", "site has no properties.hostName to read"),
    "a property given twice": (FUNCTIONS, "    httpsOnly: true", "    httpsOnly: true\n    httpsOnly: true", "is given twice"),
    "a wrong value behind a variable": (OUTCOMES, "{ name: 'Changes', type: 'int',", "{ nome: 'Changes', type: 'int',", "nome: no such"),
    "an undefined symbol": (STORAGE, "parent: queues", "parent: queuez", "undefined symbol 'queuez'"),
    "a loop's name used outside of the loop": (STORAGE, "name: packageContainerName", "name: one", "undefined symbol 'one'"),
    "a syntax error": (STORAGE, "kind: 'StorageV2'", "kind = 'StorageV2'", "syntax"),
    "a parameter that says nothing of itself": (MAIN, "@description('When the sweep runs: NCRONTAB of six fields, seconds first, UTC.')\n", "", "no @description"),
    "two declarations of one name": (STORAGE, "var queueNames", "var packageContainerName = 'x'\nvar queueNames", "is declared twice"),
    "a module's parameter that is missing": (MAIN, "    sku: storageSku\n", "", "param sku is missing"),
    "a module's parameter that it does not have": (MAIN, "    sku: storageSku\n", "    sku: storageSku\n    tier: 'Hot'\n", "no param tier"),
    "a module's parameter of another kind": (MAIN, "isolated: networkIsolated", "isolated: 'yes'", "takes bool, not string"),
    "a module that is not there": (MAIN, "'app/storage.bicep'", "'app/storrage.bicep'", "there is no file"),
    "an output that a module does not have": (MAIN, "telemetry.outputs.insightsName", "telemetry.outputs.insightName", "no output insightName"),
    "a module deployed to another kind of scope": (RIGHTS, "  scope: subscription(one)\n", "  scope: resourceGroup('rg')\n", "is for a subscription"),
    "a value for a parameter that is none": (PARAMETERS, '"vaults"', '"vaultz"', "vaultz is no parameter"),
    "a parameter without a value": (PARAMETERS, '    "location": { "value": "${AZURE_LOCATION}" },\n', "", "location has no default"),
    "a parameter's value that is not allowed": (PARAMETERS, "secureWebhook", "webhook", "is none of secureWebhook"),
    "a parameter's value of another kind": (PARAMETERS, '"vaults": { "value": [] }', '"vaults": { "value": "${VAULTS=}" }', "takes an array"),
    "a setting that the code reads and nobody sets": (FUNCTIONS, "    LEASE_HOURS: string(leaseHours)\n", "", "LEASE_HOURS is read by the code and not set"),
    "a setting that nobody reads": (FUNCTIONS, "    CHANGES: changes\n", "    CHANGES: changes\n    CHANGE: changes\n", "CHANGE is read by nobody"),
    "a setting that Flex Consumption refuses": (FUNCTIONS, "    CHANGES: changes\n", "    CHANGES: changes\n    FUNCTIONS_WORKER_RUNTIME: 'python'\n", "refused by Flex"),
    "a refused setting in the site itself": (FUNCTIONS, "      ftpsState: 'Disabled'\n", "      ftpsState: 'Disabled'\n      appSettings: [{ name: 'WEBSITE_RUN_FROM_PACKAGE', value: '1' }]\n", "refused by Flex"),
    "a connection string, which holds a key": (FUNCTIONS, "    AzureWebJobsStorage__credential:", "    AzureWebJobsStorage:", "holds a key"),
    "a connection without its address": (FUNCTIONS, "    AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue\n", "", "connection AzureWebJobsStorage is not set"),
    "a queue that no function reads": (STORAGE, "'backup-failures-poison'", "'backup-failures-poisson'", "makes ['backup-failures'"),
    "a function that is not there behind the alerts": (ACTIONS, "'take_alert'", "'take_alerts'", "no function take_alerts"),
    "a role that may grant rights": (STORAGE, "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator"),
    "a slip in the id of a role": (STORAGE, "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "b7e6dc6d-f1e8-4753-8033-0f276bb0955c", "is not known"),
    "a role that is not defined": ("infra/app/roles.bicep", "'../roles/guest.json'", "'../roles/reader.json'", "guest.json is not defined"),
    "a role with an action too many": ("infra/roles/guest.json", '"Actions": [', '"Actions": ["Microsoft.Compute/virtualMachines/delete",', "make role"),
    "a stale role": ("infra/roles/custodian.json", '    "Microsoft.Authorization/locks/write",\n', "", "make role"),
    "a column that the table does not have": ("infra/app/workbook.json", "by Trigger", "by Triggered", "Triggered, which is no column"),
    "a column that was renamed in the table alone": (OUTCOMES, "{ name: 'Cause',", "{ name: 'RootCause',", "Cause, which is no column"),
    "a query of another table": ("infra/app/workbook.json", "BackupRunbooks_CL\\n| where isnotnull", "Runbooks_CL\\n| where isnotnull", "none of the tables"),
    "a column that the table of traces does not have": (WORKBOOK, "1, Message))\\n", "1, Text))\\n", "Text, which is no column"),
    "a column of another table than the query reads": (WORKBOOK, "by Trigger", "by OperationId", "OperationId, which is no column of BackupRunbooks_CL"),
    "somebody else's group in the deployment that azd deletes": (MAIN, "module outcomes ", "module theirs 'app/assign-group.bicep' = {\n  name: 'theirs'\n  scope: resourceGroup('rg-theirs')\n  params: { role: 'r', principalId: 'p' }\n}\n\nmodule outcomes ", "module theirs may lie in a group that is not made here"),
    "the same, deep in a module": ("infra/app/vault-diagnostics.bicep", "output principalId", "module theirs 'assign-group.bicep' = {\n  name: 'theirs'\n  scope: resourceGroup('rg-theirs')\n  params: { role: 'r', principalId: 'p' }\n}\n\noutput principalId", "module theirs may lie in a group that is not made here"),
    "a group that is only referred to": (MAIN, "resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {", "resource group 'Microsoft.Resources/resourceGroups@2024-03-01' existing = {", "module identity may lie in a group that is not made here"),
    "a group of another subscription in azd's deployment": ("infra/app/vault-diagnostics.bicep", "output principalId", "resource ours 'Microsoft.Resources/resourceGroups@2024-03-01' = {\n  name: 'rg-ours'\n  location: location\n}\n\noutput principalId", "resource ours lies in another subscription"),
    "a scope that nobody can tell": (MAIN, "name: 'identity'\n  scope: group", "name: 'identity'\n  scope: networkIsolated ? group : group", "module identity may lie in a group that is not made here"),
    "a right that is not handed over": (HANDS_OVER, '  "vaultOperatorRole": {"value": "$ROLE_VAULT_OPERATOR"},\n', "", "vaultOperatorRole has no default and is not handed over"),
    "a right that nobody takes": (HANDS_OVER, '"guestRole"', '"guestRoles"', "guestRoles is no parameter of"),
    "a list that is handed over as a text": (HANDS_OVER, '[$(json "${RIGHTS_VAULTS:-}")]', '"$RIGHTS_VAULTS"', "vaults takes array, not string"),
    "a switch that is handed over as a text": (HANDS_OVER, '{"value": $ALERTS_ARE_TOLD}', '{"value": "$ALERTS_ARE_TOLD"}', "alerts takes bool, not string"),
    "a value that azd does not know": (HANDS_OVER, '{"value": "$ROLE_GUEST"}', '{"value": "$GUEST_ROLE"}', "has no output GUEST_ROLE"),
    "an output that was renamed in Bicep alone": (MAIN, "output RIGHTS_MACHINE_GROUPS", "output MACHINE_GROUPS", "has no output RIGHTS_MACHINE_GROUPS"),
    "another template than the hook deploys": (HANDS_OVER, "infra/rights.bicep --parameters", "infra/right.bicep --parameters", "does not deploy"),
    "a parameter that a module of the rights lacks": (RIGHTS, "    vaultName: split(one, '/')[8]\n", "", "param vaultName is missing"),
    "an undefined symbol in the rights": (RIGHTS, "in machineGroups:", "in machines:", "undefined symbol 'machines'"),
    "an alert that resolves itself on what is told once": (ALERTS, '"window": "PT30M",\n    "once": true', '"window": "PT30M",\n    "once": false', "engine-poison-queue: set `once` to true"),
    "an alert that stays open on what is told again and again": (ALERTS, '"window": "PT10M",\n    "once": false', '"window": "PT10M",\n    "once": true', "engine-lease-overdue: set `once` to false"),
    "an alert between whose windows a row falls": (ALERTS, '"window": "PT10M"', '"window": "PT5M"', "engine-lease-overdue: a row that comes in late"),
    "an alert whose every look tells of one row": (ALERTS, 'ago(17m)\\n| where Message has \\"event=breaker', 'ago(1h)\\n| where Message has \\"event=breaker', "engine-breaker-open: each look tells"),
    "an alert on an event that nobody writes": ("infra/app/engine-alerts.json", "event=heartbeat.silent", "event=heartbeat.quiet", "no event heartbeat.quiet"),
    "an alert on a function that is not there": ("infra/app/engine-alerts.json", 'Name == \\"reaper\\"', 'Name == \\"reeper\\"', "no function reeper"),
    "a setting that the code reads anew": ("engine/settings.py", 'values.get("POLICY_FILE")', 'values.get("POLICY_PATH")', "POLICY_PATH is read by the code and not set"),
    "a name of a setting that cannot be told": ("engine/settings.py", 'values.get("POLICY_FILE")', "values.get(str(values))", "which setting is read here"),
    "a schedule in a binding that nobody sets": ("functions/timers.py", "%SWEEP_SCHEDULE%", "%NIGHT_SCHEDULE%", "NIGHT_SCHEDULE is read by the code and not set"),
    "a queue that was renamed in the code alone": ("functions/messages.py", 'QUEUE = "backup-failures"', 'QUEUE = "failures"', "used are ['failures'"),
    "an event that was renamed in the code alone": ("engine/heartbeats.py", 'tell("heartbeat.silent"', 'tell("heartbeat.late"', "no event heartbeat.silent"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_is_red_for(fault: str, project: Project) -> None:
    file, old, new, told = FAULTS[fault]
    project.plant(file, old, new)
    found = project.errors()
    assert any(told in one for one in found), found


def test_an_alert_that_waits_for_an_event_which_is_written_by_now_must_be_switched_on(project: Project) -> None:
    project.change_json("infra/app/engine-alerts.json", lambda alerts: alerts[0].update(awaited=True))
    assert any("set `awaited` to false" in one for one in project.errors())


def test_a_role_whose_file_is_gone_must_be_made_again_for_a_deployment_stops_there(project: Project) -> None:
    (project.root / "infra/roles/guest.json").unlink()
    found = project.errors()
    assert any("there is no role guest.json: run `make role`" in one for one in found)
    assert any("guest.json: error: is not what the policy needs" in one for one in found)


def test_where_roles_may_be_assigned_is_no_fault_for_bicep_says_it_itself(project: Project) -> None:
    project.change_json("infra/roles/guest.json", lambda role: role.update(AssignableScopes=["/subscriptions/x"]))
    assert project.errors() == []


def test_a_fault_is_told_with_its_line_and_ends_the_command_with_1(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.plant(STORAGE, "parent: queues", "parent: queuez")
    line = 1 + (project.root / STORAGE).read_text("utf-8").splitlines().index("  parent: queuez")
    assert main(["--root", str(project.root)]) == 1
    assert f"{Path(STORAGE)}:{line}: error: undefined symbol 'queuez'" in capsys.readouterr().out
