"""Exceptions for people: what the OMS booked or couldn't place, and a person has to look at (异常).

An exception is an item, planned as a write so that it stands in the transaction of what caused it.
Its id is made from what it is about, so the same cause seen twice raises one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, AnyOf, Exists, Key, Put


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCase:
    """One open question. `id` is `<kind>:<document>[:<discriminator>]`; `text` holds no personal
    data.
    """

    id: str
    kind: str
    document: str
    text: str
    message_id: str
    raised_at: datetime
    state: str = "OPEN"


def plan_exception(case: ExceptionCase) -> Put:
    """The write that raises it, or raises it again unchanged; `documents` gsi1 `EXCEPTIONS#OPEN`
    lists the open ones by time.
    """
    item = to_item(case) | {
        "gsi1pk": f"EXCEPTIONS#{case.state}",
        "gsi1sk": f"{item_time(case)}#{case.id}",
    }
    return Put(
        key=Key("documents", f"EXCEPTION#{case.id}", "HEAD"),
        item=item,
        condition=AnyOf((Absent(), Exists())),
        refusal="exception_written",
    )


def item_time(case: ExceptionCase) -> str:
    """The sort text of a case: the moment it was raised."""
    return case.raised_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
