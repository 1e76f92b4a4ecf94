"""Which of our messages a confirm is, where a dialect has one name for several of them.

Our document of its number tells. Where it doesn't, goods that came in may still be some that came
back: a waybill, a delivery or a platform's order in the message says so (`returnreports`).
Otherwise it is taken as the first of those that it may be, and answered as that is with a number
that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.incoming import returnorder
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.returnreports import ReturnReports
from chalicelib.warehouse.xml import read

NUMBERS: Mapping[str, tuple[str, str]] = {
    methods.ENTRYORDER_CONFIRM: ("entryOrder", "entryOrderCode"),
    methods.RETURNORDER_CONFIRM: ("returnOrder", "returnOrderCode"),
    methods.DELIVERYORDER_CONFIRM: ("deliveryOrder", "deliveryOrderCode"),
    methods.STOCKOUT_CONFIRM: ("deliveryOrder", "deliveryOrderCode"),
}
"""Where the number of what is confirmed stands: the header, and the element in it."""


class TellingApart:
    """Tells messages of one name apart."""

    def __init__(self, *, own: OwnDocuments, return_reports: ReturnReports) -> None:
        self._own = own
        self._return_reports = return_reports

    def method(self, connection: Connection, named: Sequence[str], raw: bytes) -> str:
        """Which of the messages `named` this is, by our name. `Refused` where it can't be read."""
        own = self._own.of(connection, _number(connection, named[0], raw))
        if own is not None and own.confirm in named:
            return own.confirm
        came_back = methods.RETURNORDER_CONFIRM
        if came_back in named and self._came_back(connection, raw):
            return came_back
        return named[0]

    def _came_back(self, connection: Connection, raw: bytes) -> bool:
        return_reports = self._return_reports
        spelling = connection.spelling_in(methods.RETURNORDER_CONFIRM)
        try:
            request = read(raw, spelling=spelling)
            return return_reports.is_of_ours(connection, returnorder.read_confirm(request))
        except Refused:
            # What is wrong with it is said by whoever takes it.
            return False


def _number(connection: Connection, method: str, raw: bytes) -> str:
    header, code = NUMBERS[method]
    found = read(raw, spelling=connection.spelling_in(method)).child(header)
    return found.code(code) if found else ""
