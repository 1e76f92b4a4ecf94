"""Assembling the parts of a document that a WMS sends in several messages (totalOrderLines).

Each part is accepted and answered by itself; the document is accepted with its last part, whichever
that is, and then booked as one. A document that doesn't become complete is a case for a person; the
WMS mends it by sending what is missing, or all of it in one message, which takes the place of the
parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import TooLarge, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.reminders import LONGEST_WAIT_SECONDS, reminder
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.assemblies import (
    Assembly,
    AssemblyStore,
    group_of,
    in_order,
    merged,
    put_assembly,
    put_lines,
)
from chalicelib.warehouse.confirms import MOST_RECEIPT_LINES
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine
from chalicelib.warehouse.states import AssemblyEvent, AssemblyState, next_assembly
from chalicelib.warehouse.store import WarehouseStore


class Splittable(Protocol):
    """A confirm that may come in several messages."""

    @property
    def out_biz_code(self) -> str: ...

    @property
    def total_lines(self) -> int | None: ...

    @property
    def lines(self) -> tuple[ConfirmLine, ...]: ...

    @property
    def final(self) -> bool: ...

    @property
    def moment(self) -> datetime | None: ...

    def whole(
        self, lines: tuple[ConfirmLine, ...], *, moment: datetime | None, final: bool
    ) -> Self: ...


Confirm = TypeVar("Confirm", bound=Splittable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A part as it arrived: from whom, as which method, about which document, in which message."""

    connection: Connection
    method: str
    code: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Confirm]):
    """What a message does to its document. `whole` is all of it once it is complete, else None;
    `contradicting` where a line says another quantity than it did before.
    """

    writes: Writes
    whole: Confirm | None
    contradicting: tuple[str, ...] = ()


def alone(confirm: Confirm) -> Step[Confirm]:
    """What a message does that is its whole document."""
    return Step(writes=Writes(), whole=confirm)


class Assembling:
    """Brings parts together."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        assemblies: AssemblyStore,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._assemblies = assemblies
        self._transaction = transaction
        self._clock = clock

    def is_part(self, arrived: Arrived, confirm: Splittable) -> bool:
        """Whether a message is one of several, or takes the place of some that have come."""
        if not _counts_lines(arrived.connection, confirm):
            return False
        if len(confirm.lines) < (confirm.total_lines or 0):
            return True
        before = self._assemblies.assembly(_assembly_id(arrived, confirm))
        return before is not None and before.open

    def step(self, arrived: Arrived, confirm: Confirm) -> Step[Confirm]:
        """What to commit for a part, planned from what has come so far. Refusal: `stale_assembly`,
        plan again. `TooLarge`: a document with more lines than one may have.
        """
        total = confirm.total_lines or 0
        if total > MOST_RECEIPT_LINES:
            raise TooLarge("too_many_lines", f"a document has at most {MOST_RECEIPT_LINES} lines")
        before = self._assemblies.assembly(_assembly_id(arrived, confirm))
        waiting = before is not None and before.open
        known = self._assemblies.lines(before) if before is not None and waiting else {}
        lines = tuple(replace(line, message_id=arrived.message_id) for line in confirm.lines)
        if len(lines) >= total:
            # All of it in one message takes the place of the parts that have come.
            known = {}
        together, contradicting = merged(known, lines)
        if len(together) > total:
            contradicting.append("/request: more lines than its totalOrderLines")
        after = self._after(arrived, confirm, before)
        after = replace(after, lines=len(together))
        if len(together) < total:
            fresh = {name: line for name, line in together.items() if name not in known}
            writes = Writes(
                [put_assembly(after), *put_lines(after, fresh, arrived.message_id)],
                [self._reminder(after, arrived.connection)],
            )
            return Step(writes=writes, whole=None, contradicting=tuple(contradicting))
        after = replace(after, state=next_assembly(after.state, AssemblyEvent.COMPLETE))
        return Step(
            writes=Writes([put_assembly(after)]),
            whole=_whole(confirm, after, together),
            contradicting=tuple(contradicting),
        )

    def due(self, assembly_id: str, version: int) -> None:
        """A document's time has come: if nothing has come for the connection's time, a person is
        told. One of another version has moved on, and has a reminder of its own.
        """
        found = self._assemblies.assembly(assembly_id)
        if found is None or found.version != version or found.state is not AssemblyState.WAITING:
            return
        connection = self._store.connection(found.wms)
        if connection is None:
            raise Unavailable(f"the connection {found.wms} has gone")
        after = replace(found, version=found.version + 1)
        if self._left(found, connection) > 0:
            writes = Writes([put_assembly(after)], [self._reminder(after, connection)])
        else:
            after = replace(after, state=next_assembly(found.state, AssemblyEvent.MISS))
            writes = Writes([put_assembly(after), plan_exception(self._case(found))])
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            # A part has come meanwhile, with a reminder of its own, or it was our own commit.
            return

    def _after(self, arrived: Arrived, confirm: Splittable, before: Assembly | None) -> Assembly:
        now = self._clock.now()
        if before is None:
            fresh = Assembly(
                id=_assembly_id(arrived, confirm),
                wms=arrived.connection.code,
                method=arrived.method,
                code=arrived.code,
                total_lines=confirm.total_lines or 0,
                first_at=now,
                last_at=now,
            )
            return _with(fresh, confirm, arrived.message_id)
        state = next_assembly(before.state, AssemblyEvent.ADD)
        after = replace(before, state=state, last_at=now, version=before.version + 1)
        if not before.open:
            after = replace(
                after, round=before.round + 1, first_at=now, final=False, operated_at=None
            )
        return _with(after, confirm, arrived.message_id)

    def _left(self, assembly: Assembly, connection: Connection) -> int:
        """Seconds until it is overdue."""
        waited = (self._clock.now() - assembly.last_at).total_seconds()
        return connection.parts_wait_seconds - int(waited)

    def _reminder(self, assembly: Assembly, connection: Connection) -> Event:
        wait = min(max(self._left(assembly, connection), 1), LONGEST_WAIT_SECONDS)
        return reminder(
            "AssemblyDue",
            assembly.id,
            assembly.version,
            correlation=assembly.code,
            wait=wait,
            now=self._clock.now(),
        )

    def _case(self, assembly: Assembly) -> ExceptionCase:
        there = f"{assembly.lines} of {assembly.total_lines} lines"
        return ExceptionCase(
            id=f"{ExceptionKind.PARTS_MISSING}:{assembly.id}:{assembly.round}",
            kind=ExceptionKind.PARTS_MISSING,
            document=assembly.code,
            text=f"{assembly.method}: {there} have come; nothing is booked before the rest",
            message_id=assembly.message_id,
            raised_at=self._clock.now(),
        )


def _counts_lines(connection: Connection, confirm: Splittable) -> bool:
    return bool(connection.confirms_in_parts and confirm.total_lines and confirm.lines)


def _assembly_id(arrived: Arrived, confirm: Splittable) -> str:
    connection = arrived.connection
    group = group_of(
        confirm.out_biz_code,
        confirm.total_lines or 0,
        unique=connection.unique_out_biz_code,
    )
    return f"{connection.code}#{arrived.method}#{arrived.code}#{group}"


def _with(assembly: Assembly, confirm: Splittable, message_id: str) -> Assembly:
    times = [each for each in (assembly.operated_at, confirm.moment) if each is not None]
    return replace(
        assembly,
        final=assembly.final or confirm.final,
        operated_at=max(times, default=None),
        message_id=message_id,
    )


def _whole(confirm: Confirm, assembly: Assembly, lines: Mapping[str, ConfirmLine]) -> Confirm:
    """All of a document under the header of its last part."""
    return confirm.whole(in_order(lines), moment=assembly.operated_at, final=assembly.final)
