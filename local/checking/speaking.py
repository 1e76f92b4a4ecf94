"""What the messages of a folder speak of: goods, warehouses and documents, read leniently.

Only names and figures are taken from a message; what can't be read is left to the OMS to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from chalicelib.kernel.errors import Refused
from chalicelib.movements.orders.types import TYPES
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.content_rows import ContentRows, Row, content_rows

SKU_OF_STEPS = "CHECK-SKU"
"""What an order holds of which the messages tell steps only."""

_NAME_OF_LINE = "orderLine["
_PRODUCTS = "/request/productitems/"
_ITEM_NAMES = ("itemCode", "scItemCode")
_ACTUAL = ("actualQty", "quantity", "inCount", "outCount", "lackQty", "exceptionQty")


class Kind(Enum):
    """What kind of document of ours a code names."""

    PURCHASE = "purchase order"
    FULFILMENT = "fulfilment"
    OUTBOUND = "movement order"
    INBOUND = "inbound movement order"
    RETURN = "return"
    PROCESSING = "processing order"


CODES: Mapping[str, Mapping[str, Kind]] = {
    "entryorder.confirm": {"entryOrderCode": Kind.PURCHASE},
    "deliveryorder.confirm": {"deliveryOrderCode": Kind.FULFILMENT},
    "deliveryorder.batchconfirm": {"deliveryOrderCode": Kind.FULFILMENT},
    "returnorder.confirm": {"returnOrderCode": Kind.RETURN},
    "stockout.confirm": {"deliveryOrderCode": Kind.OUTBOUND},
    "storeprocess.confirm": {"processOrderCode": Kind.PROCESSING},
    "itemlack.report": {"deliveryOrderCode": Kind.FULFILMENT},
    "orderexception.report": {"deliveryOrderCode": Kind.FULFILMENT},
    "sn.report": {"deliveryOrderCode": Kind.FULFILMENT},
    "receiverinfo.query": {"deliveryOrderCode": Kind.FULFILMENT},
    "wavenum.report": {"deliveryOrderCode": Kind.FULFILMENT},
}
"""Method -> the element that names our document -> its kind. A new kind of document gets its line
here, and its maker in `preparing`.
"""

TRANSFER_REPORT = "transferorder.report"
ADJUSTMENT_REPORT = "inventory.synchronize.report"
_TRANSFER_TYPES = {"101": "CC"}
"""Its figures for inventory types that aren't good ones."""

STEPS = {
    "orderprocess.report": "orderCode",
    "order.sn.report": "orderCode",
    "deliveryorder.batchcreate.answer": "deliveryOrderCode",
}
"""Methods that tell nothing of a document's lines. It may be any: its orderType says which."""


@dataclass(slots=True, kw_only=True)
class Wanted:
    """A line that a document needs: planned pieces, and those that the messages confirm in all.
    `made`: it comes out of a processing order.
    """

    planned: int = 0
    actual: int = 0
    line_no: str = ""
    made: bool = False

    @property
    def pieces(self) -> int:
        """Planned, else actual ones; at least one, since a document has no empty lines."""
        return max(1, self.planned or self.actual)


@dataclass(slots=True, kw_only=True)
class Spoken:
    """A document that messages speak of; `lines` by SKU. `type` is Qimen's order type, if one
    says it.
    """

    code: str
    kind: Kind
    type: str = ""
    warehouse: str = ""
    lines: dict[str, Wanted] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SpokenTransfer:
    """A transfer that messages speak of as a whole, by their words: its number or theirs, its
    warehouses, and its pieces by SKU and inventory type.
    """

    code: str
    wms_number: str = ""
    from_warehouse: str = ""
    to_warehouse: str = ""
    pieces: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SpokenAdjustment:
    """An adjustment that messages report: its pieces, signed, by SKU and inventory type."""

    code: str
    warehouse: str = ""
    pieces: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Heard:
    """Everything that the messages speak of; `stock` is what leaves, by warehouse and SKU."""

    owners: dict[str, None] = field(default_factory=dict)
    warehouses: dict[str, None] = field(default_factory=dict)
    skus: dict[str, None] = field(default_factory=dict)
    documents: dict[tuple[Kind, str], Spoken] = field(default_factory=dict)
    transfers: dict[str, SpokenTransfer] = field(default_factory=dict)
    adjustments: dict[str, SpokenAdjustment] = field(default_factory=dict)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)


def method_of(file: Path) -> str:
    """`entryorder.confirm__one.xml` -> `entryorder.confirm`."""
    return file.stem.partition("__")[0]


def hear(messages: Iterable[tuple[str, bytes]], connection: Connection) -> Heard:
    """What messages (method and body) speak of, in the words of a connection's dialect. One that
    may be several of ours is taken as the first of them.
    """
    heard = Heard()
    steps: list[tuple[str, ContentRows]] = []
    for named, body in messages:
        method = connection.spoken.methods_in(named)[0]
        try:
            rows = content_rows(body, spelling=connection.spelling_in(method))
        except Refused:
            continue
        _hear_names(heard, rows)
        if method in STEPS:
            steps.append((STEPS[method], rows))
        elif method == "stockchange.report":
            _hear_changes(heard, rows)
        elif method == TRANSFER_REPORT:
            _hear_transfer(heard, rows)
        elif method == ADJUSTMENT_REPORT:
            _hear_adjustment(heard, rows)
        for name, kind in CODES.get(method, {}).items():
            _hear_documents(heard, rows, name, kind)
    # A step says the least of its order, so the others are heard first.
    for name, rows in steps:
        _hear_step(heard, rows, name)
    return heard


def _hear_names(heard: Heard, rows: ContentRows) -> None:
    for each in (rows.header, *rows.lines):
        for path, value in each.fields.items():
            name = path.rpartition("/")[2]
            if name in ("warehouseCode", "fromWarehouseCode", "toWarehouseCode"):
                heard.warehouses.setdefault(value)
            elif name == "ownerCode":
                heard.owners.setdefault(value)
            elif name in _ITEM_NAMES:
                heard.skus.setdefault(value)


def _hear_documents(heard: Heard, rows: ContentRows, name: str, kind: Kind) -> None:
    """The header's document with the message's lines; of a batch each order with its own."""
    for order in (rows.header, *rows.lines):
        code = leaf(order, name)
        if kind is Kind.PURCHASE:
            kind = _arriving(leaf(order, "entryOrderType"))
        if code:
            own = [row for row in rows.lines if row.path.startswith(f"{order.path}/")]
            lines = [row for row in own if _NAME_OF_LINE in row.path.rpartition("/")[2]]
            _add_lines(_spoken(heard, code, kind, order), lines or [*own, order])


def _hear_adjustment(heard: Heard, rows: ContentRows) -> None:
    """What its reports say was made, in all; what it takes away has to have been there."""
    code = leaf(rows.header, "adjustOrderCode")
    if not code:
        return
    spoken = heard.adjustments.setdefault(code, SpokenAdjustment(code=code))
    spoken.warehouse = spoken.warehouse or leaf(rows.header, "warehouseCode")
    for row in rows.lines:
        sku = leaf(row, "itemCode")
        pieces = _pieces(leaf(row, "quantity"))
        if sku:
            named = (sku, leaf(row, "inventoryType") or "ZP")
            spoken.pieces[named] = spoken.pieces.get(named, 0) + pieces
            if pieces < 0:
                place = (spoken.warehouse, sku)
                heard.stock[place] = heard.stock.get(place, 0) - pieces


def _hear_transfer(heard: Heard, rows: ContentRows) -> None:
    """The most that any report says was planned, else left, else arrived: its totals run."""
    ours, theirs = leaf(rows.header, "erpOrderCode"), leaf(rows.header, "transferOrderCode")
    code = ours or theirs
    if not code:
        return
    spoken = heard.transfers.setdefault(code, SpokenTransfer(code=code))
    spoken.wms_number = spoken.wms_number or theirs
    spoken.from_warehouse = spoken.from_warehouse or leaf(rows.header, "fromWarehouseCode")
    spoken.to_warehouse = spoken.to_warehouse or leaf(rows.header, "toWarehouseCode")
    for row in rows.lines:
        sku = leaf(row, "scItemCode")
        if sku:
            kind = _TRANSFER_TYPES.get(leaf(row, "inventoryType"), "ZP")
            counts = (_pieces(leaf(row, name)) for name in ("planCount", "outCount", "inCount"))
            pieces = next((each for each in counts if each > 0), 1)
            spoken.pieces[sku, kind] = max(spoken.pieces.get((sku, kind), 0), pieces)


def _spoken(heard: Heard, code: str, kind: Kind, row: Row) -> Spoken:
    spoken = heard.documents.setdefault((kind, code), Spoken(code=code, kind=kind))
    spoken.warehouse = spoken.warehouse or leaf(row, "warehouseCode")
    spoken.type = spoken.type or leaf(row, "entryOrderType") or leaf(row, "orderType")
    return spoken


def _add_lines(spoken: Spoken, rows: Iterable[Row]) -> None:
    for row in rows:
        for sku, planned, actual in _items(row):
            line = spoken.lines.setdefault(sku, Wanted())
            line.planned = max(line.planned, planned)
            line.actual += actual
            line.line_no = line.line_no or leaf(row, "orderLineNo")
            line.made = row.path.startswith(_PRODUCTS)


def _items(row: Row) -> Iterator[tuple[str, int, int]]:
    """SKU, planned and actual pieces of the item in a row, if it has one."""
    sku = next((leaf(row, name) for name in _ITEM_NAMES if leaf(row, name)), "")
    if sku:
        actual = next((_pieces(leaf(row, name)) for name in _ACTUAL if leaf(row, name)), 0)
        yield sku, _pieces(leaf(row, "planQty")), actual


def _hear_step(heard: Heard, rows: ContentRows, name: str) -> None:
    for row in (rows.header, *rows.lines):
        code = leaf(row, name)
        known = any((kind, code) in heard.documents for kind in Kind)
        if not code or known:
            continue
        kind = _kind_of(leaf(row, "orderType"))
        heard.skus.setdefault(SKU_OF_STEPS)
        step = Row(path="", fields={"itemCode": SKU_OF_STEPS, "planQty": "1"})
        _add_lines(_spoken(heard, code, kind, row), [step])


def _kind_of(order_type: str) -> Kind:
    """What a step is about: goods that come in, that leave for a buyer, or that leave otherwise."""
    if order_type.endswith("RK"):
        return _arriving(order_type)
    return Kind.OUTBOUND if order_type in TYPES else Kind.FULFILMENT


def _arriving(order_type: str) -> Kind:
    """What goods come in by: a movement order, where their type is one of those; else a purchase
    order.
    """
    return Kind.INBOUND if order_type in TYPES else Kind.PURCHASE


def _hear_changes(heard: Heard, rows: ContentRows) -> None:
    """What a warehouse says it lost has to have been there."""
    for row in rows.lines:
        pieces = _pieces(leaf(row, "quantity"))
        if pieces < 0 or leaf(row, "orderType").endswith("CK"):
            place = (leaf(row, "warehouseCode"), leaf(row, "itemCode"))
            heard.stock[place] = heard.stock.get(place, 0) + abs(pieces)


def leaf(row: Row, name: str) -> str:
    """The first leaf of that name in a row, wherever it stands."""
    return next(
        (value for path, value in row.fields.items() if path.rpartition("/")[2] == name), ""
    )


def _pieces(text: str) -> int:
    whole = text.strip().partition(".")[0]
    return int(whole) if whole.removeprefix("-").isdecimal() and len(whole) < 9 else 0
