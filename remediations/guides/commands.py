"""The `az` commands of guides: with the case's own values, in the right subscription, to be pasted as they stand. Pure."""

import shlex
from datetime import datetime, timedelta

from gateway.arm import ids
from gateway.arm.ids import ItemId

KEPT_FOR = timedelta(days=30)
"""How long an on-demand backup is kept; Azure CLI takes the same where nothing is said."""
VM = "--backup-management-type AzureIaasVM --workload-type VM"


def item_of(item_id: str) -> str:
    """The protected item as the commands of `az backup` take it; its subscription comes with `subscription_of`."""
    i = ItemId.parse(item_id)
    return f"-g {shlex.quote(i.group)} -v {i.vault} -c {shlex.quote(i.container)} -i {shlex.quote(i.item)}"


def subscription_of(resource_id: str) -> str:
    return f"--subscription {ids.subscription(resource_id)}"


def named(resource_id: str) -> str:
    """A resource by its group, its name and its subscription."""
    group, name = shlex.quote(ids.group(resource_id)), shlex.quote(ids.name(resource_id))
    return f"-g {group} -n {name} {subscription_of(resource_id)}"


def by_id(resource_id: str) -> str:
    return f"--ids {shlex.quote(resource_id)}"


def back_up(item_id: str, now: datetime) -> str:
    """An on-demand backup."""
    until = f"--retain-until {now + KEPT_FOR:%d-%m-%Y}"
    return (
        f"az backup protection backup-now {item_of(item_id)} --backup-management-type AzureIaasVM {until} "
        f"{subscription_of(item_id)}"
    )


def stop_protection(item_id: str) -> str:
    """Ends the backups and keeps what is there."""
    return f"az backup protection disable {item_of(item_id)} {VM} {subscription_of(item_id)}"


def list_copies(item_id: str) -> str:
    """The recovery points with the tiers in which each is valid."""
    query = "[].{at:properties.recoveryPointTime, tiers:properties.recoveryPointTierDetails[].[type, status]}"
    return f'az backup recoverypoint list {item_of(item_id)} {VM} --query "{query}" {subscription_of(item_id)}'


def of_interface(nic_id: str) -> str:
    """A network interface as the commands about its parts take it."""
    return f"-g {shlex.quote(ids.group(nic_id))} --nic-name {shlex.quote(ids.name(nic_id))} {subscription_of(nic_id)}"
