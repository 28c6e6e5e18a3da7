"""Multi-user authorization: a Resource Guard in front of the vault's protected operations."""

from sandbox.arm.rbac import caller
from sandbox.arm.wire import Call, Refusal
from sandbox.model import Vault
from sandbox.simulation import Simulation

_LINKED = "Microsoft.DataProtection/resourceGuards/{operation}Requests/read"


def check_guard(sim: Simulation, call: Call, vault: Vault, operation: str, action: str) -> None:
    """Raise 403 where the vault's guard protects this operation; nobody here holds rights on the guard."""
    if operation not in vault.guard_protects:
        return
    # ASSUMED: a guarded backup is refused in the words of every linked scope; which action is missing is a guess.
    text = (
        f"{caller(sim.state.world)} has permission to perform action '{action}' on scope '{call.path}'; however, it "
        f"does not have permission to perform action(s) '{_LINKED.format(operation=operation)}' on the linked scope(s) "
        f"'{vault.resource_guard}' (respectively) or the linked scope(s) are invalid."
    )
    raise Refusal(403, "LinkedAuthorizationFailed", text)
