"""Whether Azure Backup's service may use the keys that it must back up with an encrypted machine. Pure.

What it needs (azure-facts, E; https://learn.microsoft.com/azure/backup/backup-azure-vms-encryption, 2026-01-22): get, list and
backup on the secrets of the vault with the disks' keys, and the same on the keys of the vault with the key that wraps them.
"""

from dataclasses import dataclass

from gateway.arm import ids
from gateway.arm.key_vaults import DataRole, KeyVault, RoleAssignment

_PERMISSIONS = ("get", "list", "backup")
_SECRET_ACTIONS = ("secrets/getSecret/action", "secrets/backup/action", "secrets/readMetadata/action")
_KEY_ACTIONS = ("keys/read", "keys/backup/action")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A Key Vault that a backup needs, and what of it: secrets, keys or both."""

    vault_id: str
    secrets: bool
    keys: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A principal and which of the needed rights it holds. `certain` is False where that hangs on what was not read."""

    object_id: str
    kind: str
    held: tuple[str, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """What the service has to have on one Key Vault, what of it is missing for certain, and who may be the one that holds it.

    `doubtful` is empty unless rights that the service does not hold for certain are held by somebody that it may be, or
    be a member of.
    """

    vault: KeyVault
    wanted: Wanted
    needed: tuple[str, ...]
    missing: tuple[str, ...]
    doubtful: tuple[str, ...] = ()

    def also_held(self, kind: str, service: str) -> tuple[str, ...]:
        """What the service's own access policies hold of a kind."""
        own = [one for one in self.vault.policies if service and ids.folded(one.object_id) == ids.folded(service)]
        return tuple(name for one in own for name in (one.secrets if kind == "secrets" else one.keys))


def needed_on(vault: KeyVault, wanted: Wanted) -> tuple[str, ...]:
    """The rights as the vault names them: permissions of access policies, or data actions of roles."""
    if vault.rbac:
        actions = (*(_SECRET_ACTIONS if wanted.secrets else ()), *(_KEY_ACTIONS if wanted.keys else ()))
        return tuple(f"Microsoft.KeyVault/vaults/{action}" for action in actions)
    kinds = (*(("secrets",) if wanted.secrets else ()), *(("keys",) if wanted.keys else ()))
    return tuple(f"{kind} {permission}" for kind in kinds for permission in _PERMISSIONS)


def by_policies(vault: KeyVault, needed: tuple[str, ...]) -> tuple[Holder, ...]:
    """Who holds which needed right by the vault's access policies, which do not say whether a principal is a group."""
    return tuple(
        Holder(one.object_id, "", tuple(right for right in needed if one.allows(right))) for one in vault.policies
    )


def by_roles(
    assignments: tuple[RoleAssignment, ...], roles: tuple[DataRole, ...], needed: tuple[str, ...]
) -> tuple[Holder, ...]:
    """Who holds which needed right by roles; one whose definition is not listed may hold any of them."""
    known = {ids.folded(ids.name(role.id)): role for role in roles}
    found = []
    for one in assignments:
        role = known.get(ids.folded(ids.name(one.role_id)))
        held = needed if role is None else tuple(right for right in needed if role.allows(right))
        found.append(Holder(one.principal, one.kind, held, certain=role is not None and not one.conditional))
    return tuple(found)


def judged(
    vault: KeyVault, wanted: Wanted, needed: tuple[str, ...], holders: tuple[Holder, ...], service: str
) -> Access:
    """What is missing for certain. `service`: the object id of Azure Backup's service, "" where nobody told it.

    A group that roles name may hold the service; so may, where its object id is not known, every principal.
    """
    own = {right for one in holders if one.certain and _is(one, service) for right in one.held}
    maybe = [one for one in holders if one.held and (not service or _is(one, service) or one.kind.endswith("Group"))]
    lacking = [right for right in needed if right not in own]
    missing = tuple(right for right in lacking if not any(right in one.held for one in maybe))
    doubtful = [one.object_id for one in maybe if set(one.held) & set(lacking)] if not missing else []
    return Access(vault, wanted, needed, missing, tuple(dict.fromkeys(doubtful)))


def _is(holder: Holder, service: str) -> bool:
    return bool(service) and ids.folded(holder.object_id) == ids.folded(service)
