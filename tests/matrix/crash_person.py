"""The person whom a case asks: answers as the world says, again where an answer did not arrive."""

from typing import Any

from aiohttp import ClientError

from tests.end_to_end.stage import Stage

TAKEN = (200, 202, 409)
"""The answer is stored, now or before; 409: meanwhile the case asks something else, which is answered in its turn."""


class Person:
    """Answers with `decision` where the world's case names none; "" leaves the question open."""

    def __init__(self, decision: str) -> None:
        self._decision = decision
        self._answered: set[str] = set()

    async def answers(self, stage: Stage, cases: list[dict[str, Any]]) -> bool:
        """Answer every open question; whether there was one."""
        asked = [case for case in cases if case["phase"] == "ask" and case["ask"]["hash"] not in self._answered]
        return any([await self._answer(stage, case) for case in asked])

    async def _answer(self, stage: Stage, case: dict[str, Any]) -> bool:
        """A host that dies meanwhile leaves the question to be answered again."""
        plan = case["ask"]["hash"]
        decision = self._decision_on(stage, case)
        if not decision:
            return False
        body = {"decision": decision, "hash": plan, "who": "ada@example.com", "why": "the crash matrix says so"}
        try:
            status, _ = await stage.host.call("POST", f"/api/cases/{case['id']}/decision", body)
        except ClientError:
            return False
        if status in TAKEN:
            self._answered.add(plan)
        return status in TAKEN

    def _decision_on(self, stage: Stage, case: dict[str, Any]) -> str:
        item = case["failure"]["item_id"].casefold()
        said = [one.get("decision") for one in stage.world["cases"] if one["item"].casefold() == item]
        return next(filter(None, said), self._decision)
