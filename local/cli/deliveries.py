"""When suppliers deliver: calendars, slots, appointments."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

import typer

from chalicelib.bootstrap.shapes import appointment_json
from chalicelib.kernel.items import to_item
from chalicelib.purchasing.appointment_store import Appointment, outcomes
from chalicelib.purchasing.calendar import parse_calendar, parse_day
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.reading import JsonFile, read_object
from local.cli.stage import stage

Warehouse = Annotated[str, typer.Argument(help="The warehouse's code.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The purchase order's.")]
Day = Annotated[str, typer.Argument(metavar="YYYY-MM-DD", help="The warehouse's own day.")]


def calendar(warehouse: Warehouse, as_json: AsJson = False) -> None:
    """When suppliers may deliver. Version 0: nobody has written any.

    Example: oms delivery calendar WH-EAST
    """
    found = stage().purchasing.appointments.calendar(warehouse)
    if as_json:
        return say_json(to_item(found))
    rows = [
        (day, each.starts, each.ends, each.pieces, each.orders)
        for days in (found.weekly, found.exceptions)
        for day, windows in days.items()
        for each in windows
    ]
    names = ("day", "from", "to", "#pieces", "#orders")
    return say_table(f"Calendar of {warehouse}, version {found.version}", names, rows)


def put_calendar(warehouse: Warehouse, file: JsonFile, as_json: AsJson = False) -> None:
    """Writes it; `version` in the file is the one it was made from.

    Example: oms delivery put-calendar WH-EAST calendar.json
    """
    given = parse_calendar(json.dumps(read_object(file)).encode(), warehouse=warehouse)
    written = stage().purchasing.appointments.put_calendar(given)
    if as_json:
        return say_json(to_item(written))
    return say(f"The calendar of {warehouse} is of version {written.version}.")


def slots(warehouse: Warehouse, day: Day, as_json: AsJson = False) -> None:
    """The windows of a day: what they take, and what is booked of it.

    Example: oms delivery slots WH-EAST 2026-12-01
    """
    found = stage().purchasing.appointments.slots(warehouse, parse_day(day, field="day"))
    rows = [
        {**to_item(window), "booked_pieces": slot.pieces, "booked_orders": slot.orders}
        for window, slot in found
    ]
    if as_json:
        return say_json({"slots": rows})
    names = ("from", "to", "#pieces", "#orders", "#booked pieces", "#booked orders")
    return say_table(
        f"Slots of {day}", names, [[str(cell) for cell in row.values()] for row in rows]
    )


def report(warehouse: Warehouse, day: Day, as_json: AsJson = False) -> None:
    """A day's appointments, and how each was kept.

    Example: oms delivery report WH-EAST 2026-12-01
    """
    found = stage().purchasing.appointments.of_day(warehouse, parse_day(day, field="day"))
    if as_json:
        shown = [{**appointment_json(each), "kept": how.value} for each, how in found]
        return say_json({"appointments": shown, "outcomes": outcomes(found)})
    return say_table(
        f"Appointments of {day}",
        ("from", "purchase order", "supplier", "#pieces", "arrived", "kept"),
        [
            (
                each.starts,
                each.purchase_order,
                each.supplier,
                each.pieces,
                each.arrived_at,
                how.value,
            )
            for each, how in found
        ],
    )


def book(
    number: Number,
    day: Day,
    starts: Annotated[str, typer.Argument(help="When the window begins, such as 09:00.")],
    as_json: AsJson = False,
) -> None:
    """Books a slot for a purchase order, or moves it.

    Example: oms delivery book PO261122763343857 2026-12-01 09:00
    """
    appointments = stage().purchasing.appointments
    booked = appointments.book(number, parse_day(day, field="day"), starts, by=getpass.getuser())
    return _said(booked, as_json=as_json)


def cancel(number: Number, as_json: AsJson = False) -> None:
    """Gives the slot of a purchase order back.

    Example: oms delivery cancel PO261122763343857
    """
    cancelled = stage().purchasing.appointments.cancel(number, by=getpass.getuser())
    return _said(cancelled, as_json=as_json)


def _said(appointment: Appointment, *, as_json: bool) -> None:
    if as_json:
        return say_json(appointment_json(appointment))
    when = f"{appointment.day} {appointment.starts}-{appointment.ends}"
    return say(f"{appointment.purchase_order}: {when} is {appointment.state.value}.")
