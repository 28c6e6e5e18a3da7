"""Rights on the Key Vault of an encrypted machine."""

from engine.causes.actions import KEY_VAULTS
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from remediations.facts import Facts
from remediations.key_vaults import advice as advice
from remediations.key_vaults.access import Access

_AFTER = "The engine grants nothing. After the grant, back the machine up again a little later"
_NAMED = 3


@cause(fixes=[], permissions=[*KEY_VAULTS])
async def key_vault_rights(evidence: Facts) -> Verdict:
    """Azure Backup's service lacks rights on the Key Vault that holds the keys of the machine's encrypted disks."""
    wanted = await evidence.wanted_of_key_vaults()
    if not wanted:
        return ruled_out(
            "Azure Disk Encryption is off; encryption at rest, with a customer's key too, needs no right for Azure Backup"
        )
    looked = [await evidence.key_vault_access(one) for one in wanted]
    if lacking := [one for one in looked if one.missing]:
        return _confirmed(lacking, evidence)
    if doubtful := [one for one in looked if one.doubtful]:
        return _unknown(doubtful, evidence)
    closed = "".join(advice.firewall(one.vault) for one in looked)
    return ruled_out(f"Azure Backup's service holds what it needs on {_names(looked)}.{closed}".removesuffix("."))


def _confirmed(lacking: list[Access], evidence: Facts) -> Verdict:
    service = evidence.backup_service
    said = "; ".join(_lacks(one, service) for one in lacking)
    grants = " ".join(advice.grant(one, service) for one in lacking)
    which = "" if service else f"{advice.which_service()} "
    return confirmed(
        said,
        instructions=f"Ask the owner of {_names(lacking)} to grant what is missing: {grants} {which}{then_back_up(evidence, _AFTER)}",
        shared=" ".join(one.vault.id for one in lacking),
    )


def _lacks(access: Access, service: str) -> str:
    where, missing = f"on the Key Vault {access.vault.name} ({_model(access)})", ", ".join(access.missing)
    if service:
        return f"{where} Azure Backup's service (object {service}) lacks {missing}"
    return f"{where} nobody holds {missing}, so Azure Backup's service does not"


def _unknown(doubtful: list[Access], evidence: Facts) -> Verdict:
    """The rights are held by somebody; whether that is Azure Backup's service cannot be read through Resource Manager."""
    service = evidence.backup_service
    said = [f"on {one.vault.name} by {_some(one.doubtful)}" for one in doubtful]
    told = "may hold them as a member or under a condition" if service else "may be one of these"
    grants = [
        f"{advice.check(one)} If it lacks any of {', '.join(one.needed)}: {advice.grant(one, service)}"
        for one in doubtful
    ]
    which = "" if service else f"{advice.which_service()} "
    return Verdict(
        "unknown",
        f"the rights that a backup needs are held {'; '.join(said)}; Azure Backup's service {told}",
        f"{which}{' '.join(grants)} {then_back_up(evidence, _AFTER)} With the setting BACKUP_SERVICE_OBJECT_ID the engine tells it "
        "by itself.",
    )


def _model(access: Access) -> str:
    return "roles" if access.vault.rbac else "access policies"


def _names(looked: list[Access]) -> str:
    return " and ".join(one.vault.name for one in looked)


def _some(principals: tuple[str, ...]) -> str:
    more = f" and {len(principals) - _NAMED} more" if len(principals) > _NAMED else ""
    return f"{', '.join(principals[:_NAMED])}{more}"
