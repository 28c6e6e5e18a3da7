"""A Key Vault as far as it lets Azure Backup in: access policies, roles with data actions, firewall. Facts and their parsing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.arm import ids
from gateway.arm.rights import Block

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What one principal may do with secrets and keys, in lower case; `all` means everything."""

    object_id: str
    secrets: tuple[str, ...]
    keys: tuple[str, ...]

    def allows(self, right: str) -> bool:
        """`right` is a kind and a permission, such as `secrets get`."""
        kind, _, permission = right.partition(" ")
        held = self.secrets if kind == "secrets" else self.keys
        return permission in held or "all" in held


@dataclass(frozen=True, slots=True)
class KeyVault:
    """A Key Vault. `rbac`: roles decide, and the access policies are not looked at. `closed`: its firewall keeps out
    Azure's trusted services too, of which Azure Backup is one.
    """

    id: str
    name: str
    rbac: bool
    policies: tuple[AccessPolicy, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role held at a scope; `conditional`: only where a condition holds that is not looked at here."""

    principal: str
    kind: str
    role_id: str
    scope: str
    conditional: bool = False

    def reaches(self, resource_id: str) -> bool:
        """Whether it holds for the whole resource: set there or above it. Azure names only management groups above ours."""
        return ids.within(resource_id, self.scope) or not ids.subscription(self.scope)


@dataclass(frozen=True, slots=True)
class DataRole:
    """What a role allows on data; `blocks` is empty where it is about management only."""

    id: str
    name: str
    blocks: tuple[Block, ...]

    def allows(self, action: str) -> bool:
        return any(block.names(action) for block in self.blocks)


def key_vault(raw: Json) -> KeyVault:
    """Azure takes a missing enableRbacAuthorization for false, a missing bypass for AzureServices (Vaults, 2023-07-01)."""
    p = raw.get("properties") or {}
    firewall = p.get("networkAcls") or {}
    trusted = "azureservices" in str(firewall.get("bypass") or "AzureServices").casefold()
    return KeyVault(
        id=raw["id"],
        name=raw["name"],
        rbac=bool(p.get("enableRbacAuthorization")),
        policies=tuple(_access(one) for one in p.get("accessPolicies") or () if not one.get("applicationId")),
        closed=str(firewall.get("defaultAction") or "").casefold() == "deny" and not trusted,
    )


def _access(raw: Json) -> AccessPolicy:
    granted = raw.get("permissions") or {}
    secrets, keys = granted.get("secrets") or (), granted.get("keys") or ()
    return AccessPolicy(raw.get("objectId") or "", tuple(map(str.casefold, secrets)), tuple(map(str.casefold, keys)))


def role_assignment(raw: Json) -> RoleAssignment:
    p = raw.get("properties") or {}
    return RoleAssignment(
        principal=p.get("principalId") or "",
        kind=p.get("principalType") or "",
        role_id=p.get("roleDefinitionId") or "",
        scope=p.get("scope") or "/",
        conditional=bool(p.get("condition")),
    )


def data_role(raw: Json) -> DataRole:
    p = raw.get("properties") or {}
    blocks = [
        Block(tuple(one["dataActions"]), tuple(one.get("notDataActions") or ()))
        for one in p.get("permissions") or ()
        if one.get("dataActions")
    ]
    return DataRole(raw["id"], p.get("roleName") or raw.get("name") or "", tuple(blocks))
