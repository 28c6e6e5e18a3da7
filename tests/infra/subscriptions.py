"""What was deployed, in two subscriptions: the one that is deployed to, which is not az's current one, and a watched one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.infra.fake_azure import assignment
from tests.infra.tenants import Tenant

DEPLOYED, WATCHED, CURRENT = "11111111-aaaa", "22222222-bbbb", "33333333-cccc"
OURS, READER, OPERATOR, CUSTODIAN, GUEST = "identity-1", "role-reader", "role-operator", "role-custodian", "role-guest"
ROLES = (READER, OPERATOR, CUSTODIAN, GUEST)
POINTS = f"/subscriptions/{WATCHED}/resourceGroups/AzureBackupRG_westeurope_(1)"
MACHINES = f"/subscriptions/{WATCHED}/resourceGroups/rg-web"
VAULT = f"/subscriptions/{WATCHED}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-1"
WORKSPACE = f"/subscriptions/{DEPLOYED}/resourceGroups/rg-test/providers/Microsoft.OperationalInsights/workspaces/log-1"
TOLD = {
    "AZURE_SUBSCRIPTION_ID": DEPLOYED,
    "AZURE_ENV_NAME": "test",
    "AZURE_LOCATION": "westeurope",
    "IDENTITY_PRINCIPAL_ID": OURS,
    "WATCHED_SUBSCRIPTIONS": f"{WATCHED},{DEPLOYED}",
    "ALERTS_GROUP": "rg-test-alerts",
    "ALERTS_GO_TO": f"/subscriptions/{DEPLOYED}/resourceGroups/rg-test/providers/Microsoft.Insights/actionGroups/ag",
    "ALERTS_ARE_TOLD": "true",
    "ROLE_DEFINITIONS": ",".join(ROLES),
    "ROLE_READER": READER,
    "ROLE_VAULT_OPERATOR": OPERATOR,
    "ROLE_CUSTODIAN": CUSTODIAN,
    "ROLE_GUEST": GUEST,
    "VAULT_POLICY_ASSIGNMENT": "vault-diagnostics-1",
    "VAULT_LOG_SETTING": "backup-runbooks",
    "WORKSPACE_ID": WORKSPACE,
    "AZURE_RESOURCE_GROUP": "rg-test",
    "RIGHTS_DEPLOYMENT": "engine-rights-1",
    "RIGHTS_VAULTS": "",
    "RIGHTS_RESTORE_POINT_GROUPS": POINTS,
    "RIGHTS_MACHINE_GROUPS": MACHINES,
}
"""What azd hands to a hook, of which lists are as in main.parameters.json."""
AFTER_A_FAILURE = {"AZURE_SUBSCRIPTION_ID": DEPLOYED, "AZURE_ENV_NAME": "test"}
"""What azd knows when the first provisioning has failed: no output of it."""
THEIRS = assignment(POINTS, CUSTODIAN, "somebody else", "a-theirs")
READS = {(READER, f"/subscriptions/{one}") for one in (WATCHED, DEPLOYED)}
EVERYWHERE = {(OPERATOR, f"/subscriptions/{one}") for one in (WATCHED, DEPLOYED)}
"""What is assigned in the subscriptions; the second only while no vault is named."""


class Subscriptions(Tenant):
    fake = "fake_azure.py"
    empty: ClassVar[Mapping[str, Any]] = {
        "current": CURRENT,
        "assignments": [THEIRS],
        "locks": {},
        "roles": [{"name": one, "at": f"/subscriptions/{DEPLOYED}"} for one in ROLES],
        "deployments": [],
        "policies": [],
        "remediations": [],
        "cancelled": "Canceled",
        "vaults": [VAULT],
        "settings": [],
        "groups": [],
        "providers": [],
    }

    @property
    def of_ours(self) -> set[tuple[str, str]]:
        """Role and scope of each assignment of the engine's identity."""
        found: list[dict[str, Any]] = [one for one in self.holds["assignments"] if one["principalId"] == OURS]
        return {(one["roleDefinitionId"].rpartition("/")[2], one["scope"]) for one in found}
