"""What kinds of movement orders there are, as data: Qimen's order type, direction, other end.

`stock.classification.ORDER_TYPES` says what each is in the books. A QTCK that names a department is
a requisition (领用单): the department uses the goods up. What it doesn't need comes back as LYRK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.stock.classification import IN, ORDER_TYPES, OUT
from chalicelib.stock.model import (
    ADJUSTMENT,
    PRODUCTION,
    Kind,
    consumption,
    customer,
    processing,
    supplier,
    transit,
)

VENDOR_RETURN = "CGTH"
OTHER_OUT = "QTCK"
TRANSFER_OUT = "DBCK"
TRANSFER_IN = "DBRK"
PROCESSING = "CNJG"


class Partner(StrEnum):
    """Who or what is at the other end of a movement order."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    DEPARTMENT = "department"
    PRODUCTION = "production"
    TRANSFER = "transfer"
    PROCESS = "process"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementType:
    """A row of the table. `needs`: the order has to name the partner."""

    code: str
    direction: int
    partner: Partner
    needs: bool

    @property
    def out(self) -> bool:
        """Whether goods leave."""
        return self.direction == OUT


def _type(code: str, direction: int, partner: Partner, *, needs: bool = False) -> MovementType:
    return MovementType(code=code, direction=direction, partner=partner, needs=needs)


TYPES: Mapping[str, MovementType] = {
    each.code: each
    for each in (
        _type("CGTH", OUT, Partner.SUPPLIER, needs=True),
        _type("QTCK", OUT, Partner.DEPARTMENT),
        _type("PTCK", OUT, Partner.DEPARTMENT),
        _type("B2BCK", OUT, Partner.CUSTOMER, needs=True),
        _type("DBCK", OUT, Partner.TRANSFER, needs=True),
        _type("CNJG", OUT, Partner.PROCESS, needs=True),
        _type("LYRK", IN, Partner.DEPARTMENT, needs=True),
        _type("QTRK", IN, Partner.DEPARTMENT),
        _type("B2BRK", IN, Partner.CUSTOMER, needs=True),
        _type("SCRK", IN, Partner.PRODUCTION),
        _type("CCRK", IN, Partner.NOBODY),
        _type("XNRK", IN, Partner.NOBODY),
        _type("DBRK", IN, Partner.TRANSFER, needs=True),
    )
}
"""By Qimen's order type. Those of a sale, a purchase or a buyer's return have documents of their
own; DBCK and DBRK are the legs of a transfer and come with it; a CNJG (加工单) is made from a bill
of materials: its materials leave, what is made of them comes in.
"""


def kind_of(type_code: str, *, department: str) -> Kind:
    """What such a movement is in the books."""
    if type_code == OTHER_OUT and department:
        return Kind.REQUISITION
    return ORDER_TYPES[type_code][0]


def other_end(partner: Partner, name: str) -> str:
    """The location at the other end; `name` is the partner's ("" where none is named)."""
    if partner is Partner.SUPPLIER:
        return supplier(name)
    if partner is Partner.CUSTOMER:
        return customer(name)
    if partner is Partner.TRANSFER:
        return transit(name)
    if partner is Partner.PROCESS:
        return processing(name)
    if partner is Partner.PRODUCTION:
        return PRODUCTION
    return consumption(name) if name else ADJUSTMENT
