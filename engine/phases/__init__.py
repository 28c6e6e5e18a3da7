"""The phases of a case, one module each: look, decide, say what comes next.

diagnose -> gate [-> ask -> diagnose or gate] -> step -> gate -> step ... -> prove -> return -> tell -> close
diagnose -> guide -> return -> tell -> close, where only a person can go on
"""

from collections.abc import Awaitable, Callable

from engine.desk import Desk
from engine.phases.ask import ask
from engine.phases.close import close
from engine.phases.diagnose import diagnose_case
from engine.phases.gate import pass_gate
from engine.phases.give_back import give_back
from engine.phases.guide import guide
from engine.phases.prove import prove
from engine.phases.step import take_step
from engine.phases.tell import tell

Wait = float | None
"""Seconds until the phase wants its next turn; None: go on with the next phase at once."""

ENDED = ("return", "tell", "close")
"""The phases after the ending is decided: here nothing ends the case any more but its close."""

PHASES: dict[str, Callable[[Desk], Awaitable[Wait]]] = {
    "diagnose": diagnose_case,
    "guide": guide,
    "gate": pass_gate,
    "ask": ask,
    "step": take_step,
    "prove": prove,
    "return": give_back,
    "tell": tell,
    "close": close,
}
