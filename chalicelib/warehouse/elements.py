"""The element of a message that a figure came from, for people: found by its path, personal data
masked.

The whole message, with everything in it, is for those who may read raw messages; this is for those
who ask where a figure comes from. What isn't known to be harmless by its name is masked: names but
those of things, everything to reach a person by, remarks, and whatever stands in `extendProps`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree

from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import RawMessage
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.xml import Node, read

HIDDEN = "***"

_PERSONAL = re.compile(
    r"(?i)mobile|phone|^tel$|address|mail|nick$|remark|message|memo|title|tax_?n(o|um)"
    r"|id_?(card|number)|contact|consignee|birth|zip|^town$|^area$|district|^company$|account"
    r"|^oaid$|^car_?no$|^header$"
)
_NAMED = re.compile(r"(?i)name$")
_THINGS = frozenset(
    {
        "itemname",
        "skuname",
        "goodsname",
        "logisticsname",
        "warehousename",
        "suppliername",
        "ordersourcename",
        "buname",
        "brandname",
        "categoryname",
    }
)
_OF_THINGS = frozenset({"skus", "lines", "line", "orderline", "item", "sku"})
"""Under these a plain `name` is a thing's."""

_OF_PEOPLE = frozenset({"senderinfo", "receiverinfo", "pickerinfo"})
"""Under these a plain `id` is a person's."""

_HARMLESS = frozenset({"shopnick"})
_FREE = frozenset({"extendprops"})
_ROOT = re.compile(r"/(\w+)", re.ASCII)
_STEP = re.compile(r"(\w+)(?:\[(\d{1,6})\])?", re.ASCII)


def element_text(raw: RawMessage, source: Source) -> str:
    """What a message says at the source's path, masked: XML for an XPath, JSON for a JSON pointer.

    A path that begins with `/response` is in the answer. `NotFound` where there is no such place,
    `Malformed` where the bytes can't be read.
    """
    body = raw.answer if source.path.startswith("/response") and raw.answer else raw.body
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _xml_text(body, source.path)
    return _json_text(body, source.path)


# --- XML


def _xml_text(body: bytes, path: str) -> str:
    root = _root(body, path)
    node = root
    for step in path.split("/")[2:]:
        node = _child(node, step, path)
    element = deepcopy(node.element)
    names = [step.partition("[")[0] for step in node.path.split("/")[1:-1]]
    _mask_element(element, context(names))
    element.tail = None
    etree.indent(element, "  ")
    return str(etree.tostring(element, encoding="unicode"))


def _root(body: bytes, path: str) -> Node:
    found = _ROOT.match(path)
    if found:
        return read(body, root=found[1])
    try:
        return read(body, root="request")
    except Malformed as error:
        if error.code != "wrong_root":
            raise
        return read(body, root="response")


def _child(node: Node, step: str, path: str) -> Node:
    found = _STEP.fullmatch(step)
    children = node.children(found[1]) if found else []
    position = int(found[2] or 1) if found else 0
    if not 0 < position <= len(children):
        raise NotFound("unknown_element", "the message has no such element", field=path)
    return children[position - 1]


def _mask_element(element: etree._Element, parent: str) -> None:
    name = str(element.tag)
    if len(element) == 0:
        if (element.text or "").strip() and is_personal(name, parent):
            element.text = HIDDEN
        return
    for child in element:
        _mask_element(child, context([parent, name]))


# --- JSON


def _json_text(body: bytes, pointer: str) -> str:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Malformed("malformed_json", "the message is neither XML nor JSON") from error
    names = [""]
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            names.append(name)
            value = value[name]
        else:
            raise NotFound("unknown_element", "the message has no such element", field=pointer)
    shown = _masked(value, names[-1], context(names[:-1]))
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _masked(value: Any, name: str, parent: str) -> Any:
    if isinstance(value, Mapping):
        inner = context([parent, name])
        return {each: _masked(content, each, inner) for each, content in value.items()}
    if isinstance(value, list):
        return [_masked(each, name, parent) for each in value]
    return HIDDEN if value not in (None, "") and is_personal(name, parent) else value


# --- what is personal


def context(names: Sequence[str]) -> str:
    """What a name is judged under: the last one, or free fields it stands in at any depth."""
    free = [name for name in names if name.lower() in _FREE]
    return (free or list(names) or [""])[-1]


def is_personal(name: str, parent: str) -> bool:
    """Whether what stands under a name may be about a person, in our words or any dialect's."""
    meant = {name, *_meant(name)}
    return any(_is_personal(each, above) for each in meant for above in {parent, *_meant(parent)})


def _meant(theirs: str) -> list[str]:
    """Our names of what a dialect calls so."""
    return [
        place.rpartition("/")[2]
        for dialect in DIALECTS.values()
        for elements in (dialect.elements, *dialect.elements_of.values())
        for place, named in elements.items()
        if named == theirs
    ]


def _is_personal(name: str, parent: str) -> bool:
    lower = name.lower()
    if parent.lower() in _FREE:
        return True
    if lower in _HARMLESS or lower in _THINGS:
        return False
    if lower == "name" and parent.lower() in _OF_THINGS:
        return False
    if lower == "id" and parent.lower() in _OF_PEOPLE:
        return True
    return bool(_PERSONAL.search(name) or _NAMED.search(name))
