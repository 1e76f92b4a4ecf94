"""A callback as its handlers get it, and what all confirms have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.messages.model import Message
from chalicelib.warehouse.accepting import Doubt
from chalicelib.warehouse.assembling import Arrived
from chalicelib.warehouse.confirms import contradicting_lines, warehouse_meant
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.recognising import Identity, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A callback that is signed and readable: from whom, as which method, as which message, and
    as which `element` of it where the message holds several.
    """

    connection: Connection
    method: str
    message: Message
    element: str = ""

    def identity(
        self, document: object, code: str, *, out_biz_code: str, confirm_type: str
    ) -> Identity:
        """What tells it from others about the same order."""
        found = identity(
            document,
            scope=f"{self.connection.code}#{self.method}#{code}",
            out_biz_code=out_biz_code,
            confirm_type=confirm_type,
            unique=self.connection.unique_out_biz_code,
        )
        return replace(found, path=self.element)

    def arrived(self, code: str) -> Arrived:
        """It as a part of a document that may come in several."""
        return Arrived(
            connection=self.connection,
            method=self.method,
            code=code,
            message_id=self.message.id,
        )

    def about(self, document: str) -> Message:
        """The message, with the document it is about."""
        return replace(self.message, documents=(document,))


def unknown_order(field: str) -> Refused:
    """The refusal of an order that this WMS hasn't got from us."""
    return Refused("unknown_order", "there is no such order for this warehouse system", field=field)


def confirm_doubts(lines: tuple[ConfirmLine, ...], *, known: bool) -> list[Doubt]:
    """What is odd about a confirm whatever it is about; `known`: its warehouse is one of ours."""
    doubts = []
    contradicting = contradicting_lines(lines)
    if contradicting:
        text = f"batches don't add up to their line, which counts: {', '.join(contradicting[:5])}"
        doubts.append(Doubt(kind=ExceptionKind.BATCHES_CONTRADICT, text=text))
    if not known:
        text = "the message names another warehouse than the document"
        doubts.append(Doubt(kind=ExceptionKind.WAREHOUSE_DIFFERS, text=text))
    return doubts


def part_doubts(contradicting: Sequence[str]) -> list[Doubt]:
    """What is odd about a part in view of those that came before it."""
    if not contradicting:
        return []
    text = f"lines came before with other quantities, which count: {', '.join(contradicting[:5])}"
    return [Doubt(kind=ExceptionKind.PARTS_CONTRADICT, text=text)]


def warehouse_of(catalog: Catalog, connection: Connection, named: str, path: str) -> str:
    """The warehouse of ours that a WMS names about no document of ours; `Refused` where it names
    none that it has of ours.
    """
    ours = [each.code for each in catalog.warehouses() if each.wms == connection.code]
    expected = next(
        (code for code in ours if connection.warehouse_code(code) == named),
        ours[0] if len(ours) == 1 else "",
    )
    meant = warehouse_meant(connection, named, expected) if expected else None
    if meant is None:
        field = f"{path}/warehouseCode"
        raise Refused("unknown_warehouse", "this warehouse isn't known here", field=field)
    return meant
