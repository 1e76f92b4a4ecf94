"""Closing and reopening periods: who did it, why, and what was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.stock.period_checks import PeriodChecks
from chalicelib.stock.period_store import (
    CLOSED,
    PeriodStore,
    neighbour,
    put_version,
    turn_gates,
)
from chalicelib.stock.periods import (
    GATED_BEFORE,
    SIGNABLE,
    CloseKind,
    Finding,
    Gate,
    Period,
    PeriodBlocked,
    PeriodVersion,
    Point,
    Standings,
)
from chalicelib.stock.states import PeriodEvent, PeriodState, next_period

LONGEST_REASON = 500

AFTER = {
    PeriodEvent.CLOSE_SOFT: PeriodState.SOFT_CLOSED,
    PeriodEvent.CLOSE_HARD: PeriodState.HARD_CLOSED,
    PeriodEvent.REOPEN: PeriodState.OPEN,
}

SignOffs = Mapping[Point, str]
"""A person's reason to close although a point isn't in order."""


class PeriodService:
    """The use cases of periods."""

    def __init__(
        self,
        *,
        periods: PeriodStore,
        checks: PeriodChecks,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._periods = periods
        self._checks = checks
        self._transaction = transaction
        self._clock = clock

    # --- reads

    def periods(
        self, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[PeriodVersion], str | None]:
        """Periods that were ever closed, as they are, the newest first, and where to go on."""
        return self._periods.heads(limit=limit, cursor=cursor)

    def period(self, period: Period) -> Standings:
        """A period and all versions of it."""
        versions = tuple(self._periods.versions(period))
        state = versions[-1].state if versions else PeriodState.OPEN
        return Standings(period=str(period), state=state, versions=versions)

    def checklist(
        self,
        period: Period,
        kind: CloseKind,
        *,
        sign_offs: SignOffs | None = None,
        most_shards: int | None = None,
    ) -> tuple[Finding, ...]:
        """What closing it would find, now; nothing is changed. See `close` for `most_shards`."""
        before = self._periods.head(period)
        found = self._checks.findings(period, kind, before, most_shards=most_shards)
        return _signed(found, sign_offs or {}, before, kind)

    # --- closing

    def close(
        self,
        period: Period,
        kind: CloseKind,
        *,
        by: str,
        reason: str,
        sign_offs: SignOffs | None = None,
        most_shards: int | None = None,
    ) -> PeriodVersion:
        """Closes it, soft or hard; the same by the same person for the same reason again gives what
        was written. `PeriodBlocked` lists what isn't in order. `sign_offs` are this person's
        reasons to close in spite of points that may be signed off. A request that has little time
        says how many shards it can read at most.
        """
        because = _reason(reason)
        before = self._periods.head(period)
        if done := _done_before(before, kind.event, by=by, reason=because):
            return done
        state = next_period(before.state if before else PeriodState.OPEN, kind.event)
        beside = self._may_close(period, kind)
        gates = self._periods.gates(period)
        found = self._checks.findings(period, kind, before, most_shards=most_shards)
        findings = _signed(found, sign_offs or {}, before, kind)
        if not all(each.passed for each in findings):
            raise PeriodBlocked(period, findings)
        version = self._next(period, before, state, by=by, reason=because, findings=findings)
        alone = PeriodState.OPEN in beside
        writes = [*put_version(version, period), neighbour(period.previous, *beside)]
        writes += turn_gates(period, state, gates)
        if alone and kind is CloseKind.SOFT:
            writes += _before_the_first(period, PeriodState.HARD_CLOSED)
        return self._commit(period, version, writes, kind.event)

    def _may_close(self, period: Period, kind: CloseKind) -> tuple[PeriodState, ...]:
        """The states that the period before may be in; refused where it isn't time."""
        if self._clock.now() < period.closable_from:
            raise Refused(
                "period_not_over",
                f"{period} can be closed from {to_text(period.closable_from)} on",
                field="period",
            )
        before = self._periods.state(period.previous)
        wanted = (PeriodState.HARD_CLOSED,) if kind is CloseKind.HARD else CLOSED
        if before in wanted:
            return wanted
        begun = self._checks.books_begin()
        if before is PeriodState.OPEN and (begun is None or begun > period.previous.last):
            # The books begin in this period: there is nothing to close before it.
            return (PeriodState.OPEN,)
        raise Refused(
            "earlier_period_open",
            f"{period.previous} is {before.value}: it is closed first",
            field="period",
        )

    # --- reopening

    def reopen(self, period: Period, *, by: str, reason: str, hard: bool = False) -> PeriodVersion:
        """Opens a closed period again, the last closed one first; one that is hard closed only if
        `hard` says so. The same again gives what was written.
        """
        because = _reason(reason)
        before = self._periods.head(period)
        if done := _done_before(before, PeriodEvent.REOPEN, by=by, reason=because):
            return done
        state = next_period(before.state if before else PeriodState.OPEN, PeriodEvent.REOPEN)
        if before and before.state is PeriodState.HARD_CLOSED and not hard:
            raise Refused("period_hard_closed", "it is closed for good: say hard", field="hard")
        if self._periods.state(period.next) is not PeriodState.OPEN:
            raise Refused(
                "later_period_closed",
                f"{period.next} is closed: it is reopened first",
                field="period",
            )
        version = self._next(period, before, state, by=by, reason=because)
        writes = [*put_version(version, period), neighbour(period.next, PeriodState.OPEN)]
        writes += turn_gates(period, state, {})
        if self._periods.state(period.previous) is PeriodState.OPEN:
            writes += _before_the_first(period, PeriodState.OPEN)
        return self._commit(period, version, writes, PeriodEvent.REOPEN)

    # --- writing

    def _next(
        self,
        period: Period,
        before: PeriodVersion | None,
        state: PeriodState,
        /,
        *,
        by: str,
        reason: str,
        findings: tuple[Finding, ...] = (),
    ) -> PeriodVersion:
        return PeriodVersion(
            period=str(period),
            version=before.version + 1 if before else 1,
            state=state,
            by=by,
            at=self._clock.now(),
            reason=reason,
            findings=findings,
        )

    def _commit(
        self, period: Period, version: PeriodVersion, writes: list[Write], event: PeriodEvent
    ) -> PeriodVersion:
        try:
            self._transaction.commit(Writes(writes))
        except ConditionFailed as failed:
            found = self._periods.head(period)
            if done := _done_before(found, event, by=version.by, reason=version.reason):
                return done
            raise Conflict(
                "period_moved",
                "somebody else closed or reopened it, or booked into it, at the same moment",
            ) from failed
        return version


def _before_the_first(period: Period, state: PeriodState) -> list[Write]:
    """The gates of the months before the first closed one: nothing may count for them either."""
    writes: list[Write] = []
    for _ in range(GATED_BEFORE):
        period = period.previous
        none_read: Mapping[int, Gate] = {}
        writes += turn_gates(period, state, none_read)
    return writes


def _signed(
    findings: tuple[Finding, ...],
    sign_offs: SignOffs,
    before: PeriodVersion | None,
    kind: CloseKind,
) -> tuple[Finding, ...]:
    """The findings with a person's reasons. What was signed off for the soft close stays so for the
    hard one while it is the same.
    """
    refused = set(sign_offs) - SIGNABLE
    if refused:
        names = ", ".join(sorted(SIGNABLE))
        raise Refused("not_to_be_signed_off", f"only {names}", field="sign_off")
    earlier = before.signed_off() if before and kind is CloseKind.HARD else {}
    signed = []
    for each in findings:
        reason = sign_offs.get(each.point, "")
        known = earlier.get(each.point)
        if not reason and known and (known.count, known.culprits) == (each.count, each.culprits):
            reason = known.signed_off
        signed.append(replace(each, signed_off=_reason(reason)) if each.count and reason else each)
    return tuple(signed)


def _done_before(
    version: PeriodVersion | None, event: PeriodEvent, *, by: str, reason: str
) -> PeriodVersion | None:
    """The last version, if it is what this person is doing."""
    if version is None or version.state is not AFTER[event]:
        return None
    return version if (version.by, version.reason) == (by, reason) else None


def _reason(text: str) -> str:
    masked = mask_mobiles(text.strip())
    if not 0 < len(masked) <= LONGEST_REASON:
        raise Refused("reason_missing", f"a reason of 1 to {LONGEST_REASON} signs", field="reason")
    return masked
