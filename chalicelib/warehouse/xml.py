"""Reading and writing XML: the only user of lxml, and the gate that hostile documents don't pass.

A body is read in this order: size, encoding (UTF-8, GBK, GB2312, GB18030 only; what the
declaration names, else UTF-8), XML 1.0, no document type (so there are no entities to expand and
nothing to fetch), well-formed, depth. Comments and processing instructions are dropped, so
`admin<!--x-->evil` reads as one text. Options are explicit although some are lxml's defaults: a
default may change.

Reading is tolerant in what peers really do: elements in any order, CDATA, empty elements and a
literal `null` mean "not given". It is strict where tolerance would let a value be chosen for us: a
scalar that stands twice, or has children, is `Malformed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from lxml import etree

from chalicelib.kernel.errors import Malformed, TooLarge
from chalicelib.warehouse.texts import read_date, read_time, read_whole

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 32
"""The deepest message of the protocol has 8 levels."""

LONGEST_CODE = 100

_UTF8_BOM = b"\xef\xbb\xbf"
_DECODERS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    # Senders that declare GB2312 use characters of GBK; GB18030 holds both.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_LONGEST_DECLARATION = 200
_BLANKS = r"[ \t\r\n]"
_DECLARATION = re.compile(
    rf"""<\?xml{_BLANKS}+version{_BLANKS}*={_BLANKS}*(?P<q1>["'])(?P<version>[^"'<>]{{1,20}})(?P=q1)"""
    rf"""(?:{_BLANKS}+encoding{_BLANKS}*={_BLANKS}*(?P<q2>["'])(?P<encoding>[^"'<>]{{1,40}})(?P=q2))?"""
    rf"""(?:{_BLANKS}+standalone{_BLANKS}*={_BLANKS}*(?P<q3>["'])(?:yes|no)(?P=q3))?{_BLANKS}*\?>"""
)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_GIVEN = "null"

Content: TypeAlias = "None | str | int | Mapping[str, Content] | Sequence[tuple[str, Content]]"
"""What an element holds: nothing (it is left out), a text, or children by name.

A sequence of (name, content) is for names that repeat (`orderLines` holds many `orderLine`).
"""


@dataclass(frozen=True, slots=True)
class Node:
    """An element of a document that was read, and its place in it as an XPath."""

    element: etree._Element
    path: str

    @property
    def name(self) -> str:
        """The element's name, as written."""
        return str(self.element.tag)

    def child(self, name: str) -> Node | None:
        """The only child of that name; `Malformed` when there are several."""
        found = self._all(name)
        if len(found) > 1:
            raise Malformed(
                "repeated_element", "the element stands more than once", field=f"{self.path}/{name}"
            )
        return Node(found[0], f"{self.path}/{name}") if found else None

    def needed(self, name: str) -> Node:
        """The only child of that name; `Malformed` when there is none."""
        found = self.child(name)
        if found is None:
            raise Malformed(
                "missing_element", "the element is missing", field=f"{self.path}/{name}"
            )
        return found

    def children(self, *names: str) -> list[Node]:
        """The children with one of the names, in document order, numbered in their paths from 1."""
        return [
            Node(element, f"{self.path}/{name}[{number}]")
            for name in names
            for number, element in enumerate(self._all(name), start=1)
        ]

    def listed(self, wrapper: str, *names: str) -> list[Node]:
        """What a list wrapper holds; a missing or empty wrapper is an empty list."""
        found = self.child(wrapper)
        return found.children(*names) if found else []

    def value(self) -> str | None:
        """Its own text without blanks around; None where that is empty or `null`."""
        if len(self.element):
            raise Malformed("not_a_text", "the element holds other elements", field=self.path)
        text = (self.element.text or "").strip()
        return None if text in ("", _NOT_GIVEN) else text

    def text(self, name: str) -> str | None:
        """The text of a child; None where it is not given."""
        found = self.child(name)
        return found.value() if found else None

    def needed_text(self, name: str) -> str:
        """The text of a child; `Malformed` where it is not given."""
        found = self.text(name)
        if found is None:
            raise Malformed("missing_element", "a value is needed", field=f"{self.path}/{name}")
        return found

    def code(self, name: str) -> str:
        """The text of a child that names something, "" where it is not given.

        Codes become parts of keys, so one of more than 100 characters (the protocol has 50) is
        `Malformed`.
        """
        found = self.text(name) or ""
        if len(found) > LONGEST_CODE:
            field = f"{self.path}/{name}"
            raise Malformed("code_too_long", "a code has at most 50 characters", field=field)
        return found

    def needed_code(self, name: str) -> str:
        """The text of a child that names something; `Malformed` where it is not given."""
        self.needed_text(name)
        return self.code(name)

    def whole(self, name: str) -> int | None:
        """A whole number, signed; None where it is not given."""
        found = self.text(name)
        return None if found is None else read_whole(found, field=f"{self.path}/{name}")

    def needed_whole(self, name: str) -> int:
        """A whole number, signed; `Malformed` where it is not given."""
        return read_whole(self.needed_text(name), field=f"{self.path}/{name}")

    def time(self, name: str) -> datetime | None:
        """A moment given in China time; None where it is not given or names no moment."""
        return read_time(self.text(name))

    def date(self, name: str) -> date | None:
        """A date, also where a time follows; None where it is not given or names no date."""
        return read_date(self.text(name))

    def _all(self, name: str) -> list[etree._Element]:
        return [child for child in self.element if child.tag == name]


def read(body: bytes, *, root: str = "request") -> Node:
    """The document's root element; `Malformed` or `TooLarge` for everything that isn't acceptable.

    Refusals: `body_too_large`, `empty_body`, `unsupported_encoding`, `wrong_encoding`,
    `unsupported_xml_version`, `document_type`, `malformed_xml`, `too_deep`, `wrong_root`.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge("body_too_large", f"the body has more than {MOST_BYTES} bytes")
    if not body.strip():
        raise Malformed("empty_body", "the body is empty")
    text = _normalised(_decode(body))
    _refuse_document_type(text)
    element = _parse(text)
    if element.getroottree().docinfo.internalDTD is not None:
        raise _document_type()
    _check_depth(element)
    if element.tag != root:
        raise Malformed("wrong_root", f"the root element is <{root}>", field="/")
    return Node(element, f"/{root}")


def write(root: str, content: Content) -> bytes:
    """A document in UTF-8 with its declaration; characters that XML 1.0 can't carry are dropped."""
    element = etree.Element(root)
    _fill(element, content)
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _decode(body: bytes) -> str:
    marked = body.startswith(_UTF8_BOM)
    content = body.removeprefix(_UTF8_BOM)
    encoding = _declared_encoding(content)
    decoder = _DECODERS.get(encoding)
    if decoder is None or b"\x00" in content[:4] or (marked and decoder != "utf-8"):
        raise Malformed(
            "unsupported_encoding", "the encoding is UTF-8, GBK, GB2312 or GB18030", field="/"
        )
    try:
        return content.decode(decoder)
    except UnicodeDecodeError as error:
        raise Malformed(
            "wrong_encoding", f"byte {error.start} is not {encoding.upper()}", field="/"
        ) from None


def _declared_encoding(content: bytes) -> str:
    """The encoding that the declaration names, in lower case; `utf-8` where it names none."""
    head = content[:_LONGEST_DECLARATION].decode("latin-1")
    found = _DECLARATION.match(head)
    if found is None and re.match(rf"<\?xml{_BLANKS}", head):
        raise Malformed("malformed_xml", "the XML declaration can't be read", field="/")
    return (found["encoding"] or "utf-8").lower() if found else "utf-8"


def _normalised(text: str) -> str:
    """The text with a declaration that names no encoding: what it named has been used."""
    found = _DECLARATION.match(text)
    if found is None:
        return text
    if found["version"] != "1.0":
        raise Malformed("unsupported_xml_version", "only XML 1.0 is read", field="/")
    return '<?xml version="1.0"?>' + text[found.end() :]


def _refuse_document_type(text: str) -> None:
    """Looks before the parser does: the prolog holds blanks, comments and instructions only."""
    at = 0
    while True:
        at = _first_visible(text, at)
        if text.startswith("<!--", at):
            at = _after(text, "-->", at + 4)
        elif text.startswith("<?", at):
            at = _after(text, "?>", at + 2)
        else:
            break
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise _document_type()


def _first_visible(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _after(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _document_type() -> Malformed:
    return Malformed("document_type", "a DOCTYPE is not accepted", field="/")


def _parse(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        # The parser's own words may quote the document, so only the place is passed on.
        line, column = error.position
        raise Malformed(
            "malformed_xml", f"not well-formed at line {line}, column {column}", field="/"
        ) from None


def _check_depth(root: etree._Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise Malformed("too_deep", f"elements nest deeper than {MOST_DEPTH}", field="/")


def _fill(element: etree._Element, content: Content) -> None:
    if isinstance(content, (str, int)):
        element.text = _ILLEGAL.sub("", str(content))
        return
    for name, inner in _pairs(content):
        if inner is not None:
            _fill(etree.SubElement(element, name), inner)


def _pairs(content: Content) -> Iterator[tuple[str, Content]]:
    if isinstance(content, Mapping):
        yield from content.items()
    elif isinstance(content, Sequence) and not isinstance(content, str):
        yield from content
