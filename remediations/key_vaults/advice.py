"""What a person reads about a Key Vault that Azure Backup may not use: the exact grant, by what the vault uses. Pure.

The grants are those of https://learn.microsoft.com/azure/backup/backup-azure-vms-encryption (2026-01-22). The engine grants nothing.
"""

from gateway.arm.key_vaults import KeyVault
from remediations.guides.commands import subscription_of
from remediations.key_vaults.access import Access
from remediations.refusals import AZURE_BACKUP_APP

BY_NAME = 'az ad sp list --display-name "Backup Management Service" --query "[].{app:appId, object:id}"'
OBJECT_ID = f"az ad sp show --id {AZURE_BACKUP_APP} --query id -o tsv"


def grant(access: Access, service: str) -> str:
    """The command that gives the service what it needs on one Key Vault. `service`: its object id, "" where not known."""
    command = _role(access, service) if access.vault.rbac else _policy(access, service)
    return f"{command}{firewall(access.vault)}"


def which_service() -> str:
    """How to find the service's principal where nobody told its object id."""
    return (
        f"The service is the Backup Management Service, in the public cloud the application {AZURE_BACKUP_APP}; any other "
        f"cloud has another: `{BY_NAME}`."
    )


def check(access: Access) -> str:
    """How a person finds out whether one of those who hold the rights is the service."""
    listed = (
        f"az role assignment list --scope '{access.vault.id}' --include-inherited --include-groups --assignee <object id>"
        if access.vault.rbac
        else f"az keyvault show -n {access.vault.name} {subscription_of(access.vault.id)} --query "
        "\"properties.accessPolicies[?objectId=='<object id>'].permissions\""
    )
    return (
        f"`{OBJECT_ID}` gives its object id in the public cloud, and `{listed}` what it holds on {access.vault.name}."
    )


def firewall(vault: KeyVault) -> str:
    """Named wherever it is seen: rights do not help a service that cannot reach the vault."""
    if not vault.closed:
        return ""
    return (
        f" The firewall of {vault.name} keeps out Azure's trusted services too, of which Azure Backup is one: let them in with "
        f"`az keyvault update -n {vault.name} {subscription_of(vault.id)} --bypass AzureServices`."
    )


def _policy(access: Access, service: str) -> str:
    """`az keyvault set-policy` replaces what a principal holds of a kind, so that is repeated."""
    principal = f"--object-id {service}" if service else f"--spn {AZURE_BACKUP_APP}"
    options = "".join(
        f" --{kind[:-1]}-permissions {' '.join(names)}" for kind, names in _wanted(access, service).items()
    )
    kept = "" if service else " It replaces what the service holds of that kind: look first."
    return (
        f"`az keyvault set-policy --name {access.vault.name} {subscription_of(access.vault.id)} {principal}"
        f"{options}`.{kept}"
    )


def _wanted(access: Access, service: str) -> dict[str, list[str]]:
    """The permissions of each kind that is needed: what is needed, then what else is held."""
    found: dict[str, list[str]] = {}
    for right in access.needed:
        kind, _, permission = right.partition(" ")
        found.setdefault(kind, []).append(permission)
    for kind, names in found.items():
        names += [one for one in access.also_held(kind, service) if one not in names]
    return found


def _role(access: Access, service: str) -> str:
    principal = service or f"$({OBJECT_ID})"
    return (
        '`az role assignment create --role "Key Vault Administrator" --assignee-principal-type ServicePrincipal '
        f"--assignee-object-id {principal} --scope '{access.vault.id}'`. Less is enough: in its place a custom role with no "
        f"more than the data actions {', '.join(access.needed)}."
    )
