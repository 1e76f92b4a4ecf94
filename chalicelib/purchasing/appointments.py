"""Delivery appointments (预约送货): a slot of a warehouse's day, booked for a purchase order.

Capacity is counted exactly: a slot's counter changes by its version, in one transaction with the
appointment, so two who take the last place can't both have it. A changed calendar holds for what is
booked after it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused, Unavailable
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Equals,
    Key,
    Put,
    Transaction,
    Write,
    Writes,
)
from chalicelib.purchasing.appointment_store import (
    TABLE,
    Appointment,
    Kept,
    Slot,
    appointment_key,
    calendar_key,
    kept,
    put_appointment,
    put_slot,
    slot_key,
)
from chalicelib.purchasing.calendar import Calendar, Window, moment
from chalicelib.purchasing.model import PurchaseOrder, Receipt
from chalicelib.purchasing.ordering import TRIES, Ordering
from chalicelib.purchasing.states import (
    AppointmentEvent,
    AppointmentState,
    PurchaseState,
    advance_appointment,
)

EXPECTED = frozenset(
    {
        PurchaseState.DRAFT,
        PurchaseState.APPROVED,
        PurchaseState.SENT,
        PurchaseState.PART_RECEIVED,
    }
)
"""States in which a delivery may still come."""


class Appointments:
    """Calendars, slots and appointments."""

    def __init__(
        self,
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        ordering: Ordering,
    ) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._ordering = ordering

    # --- calendars and slots

    def calendar(self, warehouse: str) -> Calendar:
        """A warehouse's calendar; version 0: nobody has written any, and it takes nothing."""
        self._catalog.warehouse(warehouse)
        item = self._items.get(calendar_key(warehouse))
        return Calendar(warehouse=warehouse) if item is None else from_item(item, Calendar)

    def put_calendar(self, calendar: Calendar) -> Calendar:
        """Writes a calendar made from `version`; `Conflict` if that isn't the last one."""
        before = self.calendar(calendar.warehouse)
        written = replace(calendar, version=calendar.version + 1)
        if before == written:
            # Our own writing, whose answer was lost.
            return before
        put = Put(
            key=calendar_key(calendar.warehouse),
            item=to_item(written),
            condition=Equals("version", calendar.version) if calendar.version else Absent(),
            refusal="stale_calendar",
        )
        try:
            self._transaction.commit(Writes([put]))
        except ConditionFailed as failed:
            raise Conflict(
                "stale_calendar", "it was changed since that version", field="version"
            ) from failed
        return written

    def slots(self, warehouse: str, day: date) -> list[tuple[Window, Slot]]:
        """A day's windows, each with what is booked of it."""
        windows = self.calendar(warehouse).windows(day)
        booked = {
            item["starts"]: from_item(item, Slot)
            for item in query_all(self._items, TABLE, f"SLOT#{warehouse}#{day.isoformat()}")
        }
        return [(each, booked.get(each.starts, Slot(starts=each.starts))) for each in windows]

    # --- appointments

    def of_order(self, no: str) -> Appointment | None:
        """The appointment of a purchase order; None if it never had one."""
        item = self._items.get(appointment_key(no))
        return None if item is None else from_item(item, Appointment)

    def of_day(self, warehouse: str, day: date) -> list[tuple[Appointment, Kept]]:
        """A day's appointments by their start, each with how it was kept; through an index, so a
        moment late.
        """
        zone, now = self._catalog.warehouse(warehouse).zone, self._clock.now()
        items = query_all(
            self._items, TABLE, f"APPOINTMENTS#{warehouse}#{day.isoformat()}", index="gsi1"
        )
        found = [from_item(item, Appointment) for item in items]
        return [(each, kept(each, zone=zone, now=now)) for each in found]

    def book(self, no: str, day: date, starts: str, *, by: str) -> Appointment:
        """Books a slot for a purchase order, or moves it there; booked there, it stays.

        `Refused`: no such slot, or it is over. `Conflict`: it is full, or nothing is expected of
        the order any more.
        """
        for _ in range(TRIES):
            order = self._ordering.order(no, field="id")
            before = self.of_order(no)
            wanted = self._wanted(order, day, starts, by=by, before=before)
            if before is not None and _same(before, wanted):
                return before
            writes = Writes([put_appointment(wanted), *self._moves(before, wanted)])
            if self._committed(writes):
                return wanted
        raise Unavailable(f"others keep changing the appointments of {day}")

    def cancel(self, no: str, *, by: str) -> Appointment:
        """Gives a slot back; given back, it stays so. `NotFound` if the order never had one."""
        for _ in range(TRIES):
            before = self.of_order(no)
            if before is None:
                raise NotFound("unknown_appointment", "it has no appointment", field="id")
            if before.state is AppointmentState.CANCELLED:
                return before
            if before.state is AppointmentState.ARRIVED:
                raise IllegalTransition("appointment", before.state, AppointmentEvent.CANCEL)
            if self._committed(Writes(self.plan_release(no, by=by))):
                return self._after(no, before)
        raise Unavailable(f"others keep changing the appointment of {no}")

    def plan_release(self, no: str, *, by: str) -> list[Write]:
        """Gives the slot back of an order of which nothing more is expected; nothing where it has
        none. Refusal, to be planned again: `stale_appointment`.
        """
        before = self.of_order(no)
        if before is None or before.state is not AppointmentState.BOOKED:
            return []
        after = replace(
            before,
            state=advance_appointment(before.state, AppointmentEvent.CANCEL),
            by=by,
            changed_at=self._clock.now(),
            version=before.version + 1,
        )
        return [put_appointment(after), *self._moves(before, None)]

    def expected(self, order: PurchaseOrder) -> tuple[datetime | None, datetime | None]:
        """From when to when an order is expected: by its appointment, else as it was ordered."""
        booked = self.of_order(order.no)
        if booked is None or booked.state is not AppointmentState.BOOKED:
            return order.expected_from, order.expected_to
        zone = self._catalog.warehouse(order.warehouse).zone
        return moment(booked.day, booked.starts, zone), moment(booked.day, booked.ends, zone)

    def plan_arrival(self, order: PurchaseOrder, receipt: Receipt) -> list[Write]:
        """Notes the first goods that come. Refusal, to be planned again: `stale_appointment`."""
        booked = self.of_order(order.no)
        pieces = any(line.quantity for line in receipt.lines)
        if booked is None or booked.state is not AppointmentState.BOOKED or not pieces:
            return []
        arrived = replace(
            booked,
            state=advance_appointment(booked.state, AppointmentEvent.ARRIVE),
            arrived_at=receipt.occurred_at,
            version=booked.version + 1,
        )
        return [put_appointment(arrived)]

    def _after(self, no: str, before: Appointment) -> Appointment:
        return self.of_order(no) or before

    def _wanted(
        self,
        order: PurchaseOrder,
        day: date,
        starts: str,
        *,
        by: str,
        before: Appointment | None,
    ) -> Appointment:
        if order.state not in EXPECTED:
            raise Conflict(
                "nothing_expected", f"it is {order.state.value}, nothing more comes", field="id"
            )
        window = self.calendar(order.warehouse).window(day, starts)
        if window is None:
            raise Refused("unknown_slot", "the warehouse has no such window then", field="starts")
        zone = self._catalog.warehouse(order.warehouse).zone
        if moment(day, window.ends, zone) <= self._clock.now():
            raise Refused("slot_over", "this window is over", field="day")
        state, version = AppointmentState.BOOKED, 1
        if before is not None:
            state = advance_appointment(before.state, AppointmentEvent.BOOK)
            version = before.version + 1
        left = sum(max(line.quantity - line.received_total, 0) for line in order.lines)
        return Appointment(
            purchase_order=order.no,
            warehouse=order.warehouse,
            supplier=order.supplier,
            day=day,
            starts=window.starts,
            ends=window.ends,
            pieces=left,
            by=by,
            changed_at=self._clock.now(),
            state=state,
            version=version,
        )

    def _moves(self, before: Appointment | None, after: Appointment | None) -> list[Put]:
        """What the slots that are left and taken have then."""
        changed: dict[Key, Slot] = {}
        if before is not None and before.state is AppointmentState.BOOKED:
            key = slot_key(before)
            changed[key] = _with(self._slot(key), -before.pieces, -1)
        if after is not None:
            key = slot_key(after)
            taken = _with(changed.get(key) or self._slot(key), after.pieces, 1)
            window = self.calendar(after.warehouse).window(after.day, after.starts)
            if window is None or taken.pieces > window.pieces or taken.orders > window.orders:
                raise Conflict("slot_full", "this window has no room for it", field="starts")
            changed[key] = taken
        return [put_slot(key, slot) for key, slot in changed.items()]

    def _slot(self, key: Key) -> Slot:
        item = self._items.get(key)
        return Slot(starts=key.sk) if item is None else from_item(item, Slot)

    def _committed(self, writes: Writes) -> bool:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return False
        return True


def _same(before: Appointment, wanted: Appointment) -> bool:
    of = (before.state, before.day, before.starts, before.pieces, before.warehouse)
    return of == (wanted.state, wanted.day, wanted.starts, wanted.pieces, wanted.warehouse)


def _with(slot: Slot, pieces: int, orders: int) -> Slot:
    return replace(slot, pieces=slot.pieces + pieces, orders=slot.orders + orders)
