"""Key Vaults, who may use them, and which disks' keys they hold. Rows, replaced as a whole."""

from dataclasses import dataclass

from sandbox import ids

SERVICE = "service"
"""How a world names Azure Backup's own service among the principals."""
KEYS = {"name", "group", "rbac", "access_policies", "roles", "firewall"}
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    # Docs (Azure built-in roles): id and data actions.
    "Owner": ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", ()),
    "Contributor": ("b24988ac-6180-42a0-ab88-20f7382dd24c", ()),
    "Reader": ("acdd72a7-3385-48ef-bd42-f606fba81ae7", ()),
    "Key Vault Administrator": ("00482a5a-887f-4fb3-b363-3b7fe8e74483", ("Microsoft.KeyVault/vaults/*",)),
    "Key Vault Secrets Officer": ("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", ("Microsoft.KeyVault/vaults/secrets/*",)),
    "Key Vault Crypto Officer": ("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", ("Microsoft.KeyVault/vaults/keys/*",)),
    "Key Vault Secrets User": (
        "4633458b-17de-408a-b874-0445c86b69e6",
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
    ),
}


@dataclass(frozen=True, slots=True)
class Access:
    """One access policy."""

    object: str
    secrets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Granted:
    """One role assignment; `role` names a built-in role, or one of the world's own with these data actions."""

    object: str
    role: str
    scope: str
    kind: str = "ServicePrincipal"
    data_actions: tuple[str, ...] = ()
    condition: str = ""


@dataclass(frozen=True, slots=True)
class KeyVault:
    id: str
    name: str
    location: str
    rbac: bool = False
    access: tuple[Access, ...] = ()
    roles: tuple[Granted, ...] = ()
    firewall: str = "open"


@dataclass(frozen=True, slots=True)
class DiskKeys:
    """A machine under Azure Disk Encryption: where its keys lie, and where that shows (extension, machine or disk)."""

    machine: str
    key_vault: str
    kek: str = ""
    shown: str = "extension"


def service_of(tenant: str) -> str:
    """The object id of Azure Backup's service in a tenant."""
    return ids.guid(tenant, "Backup Management Service")


def data_actions(granted: Granted) -> tuple[str, ...]:
    return granted.data_actions or ROLES[granted.role][1]
