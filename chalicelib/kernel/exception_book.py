"""Exceptions for people: read, and settled by a person who says why."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.exceptions import (
    OPEN,
    RESOLVED,
    ExceptionCase,
    exception_key,
    plan_exception,
)
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.writes import AllOf, ConditionFailed, Equals, Transaction, Writes

STALE_EXCEPTION = "stale_exception"


class ExceptionBook:
    """The cases of all slices."""

    def __init__(self, *, items: Items, transaction: Transaction, clock: Clock) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock

    def listed(
        self, state: str = OPEN, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[ExceptionCase], str | None]:
        """Cases of a state, the oldest first, and where to go on (None: that was all). Through an
        index, so a moment late.
        """
        page = self._items.query(
            "documents", f"EXCEPTIONS#{state}", index="gsi1", limit=limit, cursor=cursor
        )
        return [from_item(item, ExceptionCase) for item in page.items], page.next_cursor

    def case(self, case_id: str) -> ExceptionCase:
        """One case; `NotFound` if there is none."""
        item = self._items.get(exception_key(case_id))
        if item is None:
            raise NotFound("unknown_exception", "there is no such exception", field="id")
        return from_item(item, ExceptionCase)

    def plan_settled(self, case_id: str, *, by: str, because: str) -> Writes:
        """A person has settled it, and says why; mobile numbers in the reason are masked. Empty
        where somebody has already. Refusal, to be planned again: `stale_exception`.
        """
        found = self.case(case_id)
        if found.state != OPEN:
            return Writes()
        settled = replace(
            found,
            state=RESOLVED,
            settled_at=self._clock.now(),
            settled_by=by,
            settled_because=mask_mobiles(because),
        )
        # One that is raised anew meanwhile is another question.
        unchanged = AllOf((Equals("state", OPEN), Equals("raised_at", to_item(found)["raised_at"])))
        return Writes(
            [replace(plan_exception(settled), condition=unchanged, refusal=STALE_EXCEPTION)]
        )

    def settle(self, case_id: str, *, by: str, because: str) -> ExceptionCase:
        """Settles a case, once: who was first stays named."""
        try:
            writes = self.plan_settled(case_id, by=by, because=because)
            if len(writes):
                self._transaction.commit(writes)
        except ConditionFailed as failed:
            # Another has settled it, or it was raised anew.
            if self.case(case_id).state == OPEN:
                raise Unavailable(f"others keep changing {case_id}") from failed
        return self.case(case_id)
