"""What a text written beforehand leaves open, such as <vault>, with the case's own values. Pure."""

import shlex
from collections.abc import Mapping

from gateway.arm import ids
from gateway.arm.ids import ItemId
from gateway.arm.model import ProtectedItem
from remediations.facts import Facts
from remediations.guides.commands import back_up


def own_names(facts: Facts) -> dict[str, str]:
    """By what is known so far: the item's id tells most of it, the item itself its machine and its policy."""
    if not facts.item_id:
        return {}
    i = ItemId.parse(facts.item_id)
    names = {
        "<group of the vault>": i.group,
        "<vault>": i.vault,
        "<container>": i.container,
        "<item>": i.item,
        "<subscription>": i.subscription,
    }
    item = facts.known().get("protected item")
    if isinstance(item, ProtectedItem):
        names |= {"<id of the machine>": item.machine_id, "<policy>": ids.name(item.policy_id)}
    quoted = {left: shlex.quote(value) for left, value in names.items() if value}
    return quoted | {"<az backup protection backup-now>": back_up(facts.item_id, facts.now)}


def with_names(text: str, names: Mapping[str, str]) -> str:
    for left_open, value in names.items():
        text = text.replace(left_open, value)
    return text
