"""How many pieces the words of a message tell, read without the OMS's own codecs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.texts import read_whole
from chalicelib.warehouse.xml import read

QUANTITIES = ("actualQty", "quantity")
"""The leaves that tell pieces, the first that is there; planned ones (`planQty`) moved nothing."""

_ORDER_LINES = ".//orderLines/orderLine"
_ITEMS = ".//items/item"
LINES: dict[str, Sequence[str]] = {
    "entryorder.confirm": (_ORDER_LINES,),
    "returnorder.confirm": (_ORDER_LINES,),
    "deliveryorder.confirm": (_ORDER_LINES,),
    "deliveryorder.batchconfirm": (_ORDER_LINES,),
    "stockout.confirm": (_ORDER_LINES,),
    "stockchange.report": (_ITEMS,),
    "inventory.report": (_ITEMS,),
    "inventory.synchronize.report": (_ITEMS,),
    "storeprocess.confirm": (
        *(".//materialitems/item", ".//materialitems/materialItem"),
        *(".//productitems/item", ".//productitems/productItem"),
    ),
}
"""Where messages tell what moved. `transferorder.report` tells totals, so it isn't here."""

_FIRST = re.compile(r"\[1\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that tells moved pieces: signed as it is written; `paths` are its own and its
    batches'. `warehouse` is what the line or the message's head names, empty where neither does.
    """

    paths: tuple[str, ...]
    pieces: int
    warehouse: str


def plain_path(path: str) -> str:
    """A path as others compare it: the first of its kind and the only one are the same."""
    return _FIRST.sub("", path)


def said_in(element: str) -> int | None:
    """The pieces that an element tells, an XML or a JSON object as text; None where it tells
    none.
    """
    if element.lstrip().startswith("<"):
        return _pieces(etree.fromstring(element.encode()))
    value = json.loads(element)
    quantity = value.get("quantity") if isinstance(value, dict) else None
    return quantity if isinstance(quantity, int) else None


def told_in(method: str, body: bytes) -> Iterator[Line]:
    """The lines of a message that tell moved pieces; none of a method that moves nothing."""
    places = LINES.get(method)
    if places is None:
        return
    try:
        root = read(body, root="request").element
    except Malformed:  # it was taken in by a dialect that this doesn't read
        return
    tree = root.getroottree()
    for place in places:
        for line in root.iterfind(place):
            batches = line.iterfind("batchs/batch")
            paths = tuple(plain_path(tree.getpath(each)) for each in (line, *batches))
            yield Line(paths=paths, pieces=_pieces(line) or 0, warehouse=_warehouse(line))


def _pieces(element: etree._Element) -> int | None:
    for name in QUANTITIES:
        text = (element.findtext(name) or "").strip()
        if text and text != "null":
            return _whole(text)
    return None


def _whole(text: str) -> int | None:
    try:
        return read_whole(text)
    except ValueError:
        return None


def _warehouse(line: etree._Element) -> str:
    """The warehouse that the line names, or else the nearest head around its list."""
    own = line.findtext("warehouseCode")
    _, *around = line.iterancestors()
    for above in around:
        own = own or above.findtext("warehouseCode") or above.findtext("*/warehouseCode")
    return (own or "").strip()
