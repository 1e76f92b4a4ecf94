"""Appointments and slots as they are kept, and how appointments were kept.

| item | pk | sk | index |
| --- | --- | --- | --- |
| windows and capacities | `DELIVERY_CALENDAR#<warehouse>` | `HEAD` | |
| what a slot has taken | `SLOT#<warehouse>#<day>` | start | |
| appointment | `PURCHASE_ORDER#<no>` | `APPOINTMENT` | gsi1 `APPOINTMENTS#<warehouse>#<day>` /
start and number |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.clock import business_date
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put
from chalicelib.purchasing.calendar import moment
from chalicelib.purchasing.states import AppointmentState

TABLE = "documents"
STALE = "stale_appointment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When a purchase order is to be delivered, in the warehouse's own time; `by` booked it last.

    `pieces` are those it takes of the slot. `arrived_at` is when its first goods came.
    """

    purchase_order: str
    warehouse: str
    supplier: str
    day: date
    starts: str
    ends: str
    pieces: int
    by: str
    changed_at: datetime
    state: AppointmentState = AppointmentState.BOOKED
    arrived_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What is booked of a window."""

    starts: str
    pieces: int = 0
    orders: int = 0
    version: int = 0


class Kept(StrEnum):
    """How an appointment was kept."""

    OPEN = "OPEN"
    EARLY = "EARLY"
    KEPT = "KEPT"
    LATE = "LATE"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


def kept(appointment: Appointment, *, zone: str, now: datetime) -> Kept:
    """How it was kept: by when the first goods came. Nothing by the end of its day: missed."""
    if appointment.state is AppointmentState.CANCELLED:
        return Kept.CANCELLED
    arrived = appointment.arrived_at
    if arrived is None:
        over = business_date(now, zone) > appointment.day
        return Kept.MISSED if over else Kept.OPEN
    if arrived < moment(appointment.day, appointment.starts, zone):
        return Kept.EARLY
    return Kept.KEPT if arrived <= moment(appointment.day, appointment.ends, zone) else Kept.LATE


def outcomes(found: Sequence[tuple[Appointment, Kept]]) -> dict[str, int]:
    """How many appointments were kept, late, missed …, each word that occurs."""
    counted: dict[str, int] = {}
    for _, how in found:
        counted[how.value] = counted.get(how.value, 0) + 1
    return counted


def calendar_key(warehouse: str) -> Key:
    return Key(TABLE, f"DELIVERY_CALENDAR#{warehouse}", "HEAD")


def slot_key(appointment: Appointment) -> Key:
    day = appointment.day.isoformat()
    return Key(TABLE, f"SLOT#{appointment.warehouse}#{day}", appointment.starts)


def appointment_key(no: str) -> Key:
    return Key(TABLE, f"PURCHASE_ORDER#{no}", "APPOINTMENT")


def put_appointment(appointment: Appointment) -> Put:
    fresh = appointment.version == 1
    day = appointment.day.isoformat()
    return Put(
        key=appointment_key(appointment.purchase_order),
        item=to_item(appointment)
        | {
            "gsi1pk": f"APPOINTMENTS#{appointment.warehouse}#{day}",
            "gsi1sk": f"{appointment.starts}#{appointment.purchase_order}",
        },
        condition=Absent() if fresh else Equals("version", appointment.version - 1),
        refusal=STALE,
    )


def put_slot(key: Key, slot: Slot) -> Put:
    """The next version of a slot, whose `version` is the one that was read."""
    return Put(
        key=key,
        item=to_item(replace(slot, version=slot.version + 1)),
        condition=Equals("version", slot.version) if slot.version else Absent(),
        refusal=STALE,
    )
