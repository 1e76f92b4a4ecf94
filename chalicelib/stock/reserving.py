"""The writes that hold back stock and let it go again: pure, on what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, AtLeast, ConditionFailed, Equals, Put, Update, Writes
from chalicelib.stock.model import Reservation, ReservedLine
from chalicelib.stock.store import balance_key, reservation_key

MOST_SKUS = 80
"""SKUs of one reservation: it is one transaction, and its caller's own items go with it."""

RESERVED_ALREADY = "reserved_already"
STALE_RESERVATION = "stale_reservation"
_SHORT = "short:"


def new_reservation(
    reservation: str, *, warehouse: str, lines: Mapping[str, int], at: datetime
) -> Reservation:
    """A reservation of these pieces per SKU, all of them open."""
    if not lines:
        raise ValueError("a reservation reserves something")
    if len(lines) > MOST_SKUS:
        raise Refused("too_many_skus", f"one reservation takes at most {MOST_SKUS} SKUs")
    for sku, quantity in lines.items():
        if quantity <= 0:
            raise ValueError(f"{quantity} pieces of {sku} can't be reserved")
    return Reservation(
        id=reservation,
        warehouse=warehouse,
        lines={
            sku: ReservedLine(reserved=quantity, open=quantity)
            for sku, quantity in sorted(lines.items())
        },
        version=1,
        reserved_at=at,
        changed_at=at,
    )


def reserving(reservation: Reservation) -> Writes:
    """All or nothing: a SKU with too little is refused as `short:<sku>`, a second reservation under
    one id as `reserved_already`.
    """
    put = Put(
        key=reservation_key(reservation.id),
        item=to_item(reservation),
        condition=Absent(),
        refusal=RESERVED_ALREADY,
    )
    updates = [
        Update(
            key=balance_key(reservation.warehouse, sku),
            condition=AtLeast("available", line.open),
            refusal=f"{_SHORT}{sku}",
            add={"available": -line.open, "reserved": line.open},
        )
        for sku, line in reservation.lines.items()
    ]
    return Writes([put, *updates])


def shortages(failed: ConditionFailed) -> tuple[str, ...]:
    """The SKUs of which there was too little, from a refused transaction."""
    return tuple(
        refusal.removeprefix(_SHORT) for refusal in failed.refusals if refusal.startswith(_SHORT)
    )


def void_quantities(reservation: Reservation, lines: Mapping[str, int] | None) -> dict[str, int]:
    """What to void per SKU: all that is open, or the pieces asked for, which have to be open."""
    if lines is None:
        return reservation.open
    for sku, quantity in lines.items():
        if not 0 < quantity <= reservation.open.get(sku, 0):
            raise Refused("void_exceeds_open", f"{quantity} pieces of {sku} aren't open")
    return dict(lines)


def voiding(reservation: Reservation, quantities: Mapping[str, int], at: datetime) -> Writes:
    """Gives open pieces back to what is available; nothing where there is nothing to give back."""
    if not quantities:
        return Writes()
    updates = [
        Update(
            key=balance_key(reservation.warehouse, sku),
            condition=AtLeast("reserved", quantity),
            refusal=f"not_reserved:{sku}",
            add={"available": quantity, "reserved": -quantity},
        )
        for sku, quantity in sorted(quantities.items())
    ]
    return Writes([reservation_update(reservation, voided=quantities, posted={}, at=at), *updates])


def reservation_update(
    reservation: Reservation,
    *,
    posted: Mapping[str, int],
    voided: Mapping[str, int],
    at: datetime,
) -> Update:
    """Moves pieces from open to posted and voided."""
    lines = dict(reservation.lines)
    for sku in sorted({*posted, *voided}):
        line, shipped, given_up = lines[sku], posted.get(sku, 0), voided.get(sku, 0)
        lines[sku] = replace(
            line,
            open=line.open - shipped - given_up,
            posted=line.posted + shipped,
            voided=line.voided + given_up,
        )
    return Update(
        key=reservation_key(reservation.id),
        condition=Equals("version", reservation.version),
        refusal=STALE_RESERVATION,
        set={
            "lines": {sku: to_item(line) for sku, line in lines.items()},
            "version": reservation.version + 1,
            "changed_at": to_text(at),
        },
    )
