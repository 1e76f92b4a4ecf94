"""Reading and writing XML documents.

Reading is tolerant in what peers really do: elements in any order, CDATA, empty elements and a
literal `null` mean "not given". It is strict where tolerance would let a value be chosen for us: a
scalar that stands twice, or has children, is `Malformed`. What is no acceptable document at all
doesn't pass `parsing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from lxml import etree

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.element_index import Index, indexed, text_of
from chalicelib.warehouse.parsing import parse
from chalicelib.warehouse.spelling import PLAIN, Spelling
from chalicelib.warehouse.texts import CHINA_TIME, read_date, read_time, read_whole, write_time

LONGEST_CODE = 100

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Content: TypeAlias = (
    "None | str | int | datetime | Mapping[str, Content] | Sequence[tuple[str, Content]]"
)
"""What an element holds: nothing (it is left out), a text, an aware moment (written in the peer's
zone), or children by name.

A sequence of (name, content) is for names that repeat (`orderLines` holds many `orderLine`).
"""


@dataclass(slots=True, eq=False)
class Node:
    """An element of a document that was read, and its place in it as an XPath.

    It is asked in Qimen's words; `spelling` has a peer's own, None where they are the same. Paths
    are the document's, in the peer's words.

    Its children are indexed by name at the first question, once: a message has some hundred
    elements and a codec asks each of them for twenty names.
    """

    element: etree._Element
    path: str
    spelling: Spelling | None = None
    _index: Index | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """The element's name, as written."""
        return str(self.element.tag)

    def child(self, name: str) -> Node | None:
        """The only child of that name; `Malformed` when there are several."""
        found = self._only(name)
        if found is None:
            return None
        return Node(found, f"{self.path}/{found.tag}", self.spelling)

    def name_of(self, child: etree._Element) -> str:
        """A child's name in our words."""
        spelling, name = self.spelling, str(child.tag)
        return name if spelling is None else spelling.ours(self.element.tag, name)

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
        return _numbered(self, names)

    def listed(self, wrapper: str, *names: str) -> list[Node]:
        """What a list wrapper holds; a missing or empty wrapper is an empty list."""
        found = self.child(wrapper)
        return [] if found is None else _numbered(found, names)

    def value(self) -> str | None:
        """Its own text without blanks around; None where that is empty or `null`."""
        if len(self.element):
            raise _not_a_text(self.path)
        return text_of(self.element)

    def text(self, name: str) -> str | None:
        """The text of a child; None where it is not given."""
        index = self._index
        if index is None:
            index = self._index = indexed(self.element, self.spelling)
        found = index.get(name)
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, list):
            raise self._repeated(name)
        raise _not_a_text(f"{self.path}/{name}")

    def needed_text(self, name: str) -> str:
        """The text of a child; `Malformed` where it is not given."""
        found = self.text(name)
        if found is None:
            raise self._missing(name)
        return found

    def code(self, name: str) -> str:
        """The text of a child that names something, "" where it is not given.

        Codes become parts of keys, so one of more than 100 characters (the protocol has 50) is
        `Malformed`.
        """
        found = self.text(name)
        if found is None:
            return ""
        if len(found) > LONGEST_CODE:
            field = f"{self.path}/{name}"
            raise Malformed("code_too_long", "a code has at most 50 characters", field=field)
        return found

    def codes(self, *names: str) -> list[str]:
        """`code` of several children at once: a line is asked for a dozen."""
        index = self._index
        if index is None:
            index = self._index = indexed(self.element, self.spelling)
        found = []
        for name in names:
            text = index.get(name, "")
            if text.__class__ is not str or len(text) > LONGEST_CODE:
                text = self.code(name)
            found.append(text)
        return found

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether there is a child, be it an empty one, with one of the names."""
        if self._index is None:
            self._index = indexed(self.element, self.spelling)
        return not names.isdisjoint(self._index)

    def needed_code(self, name: str) -> str:
        """The text of a child that names something; `Malformed` where it is not given."""
        found = self.code(name)
        if not found:
            raise self._missing(name)
        return found

    def whole(self, name: str) -> int | None:
        """A whole number, signed; None where it is not given."""
        index = self._index
        if index is None:
            index = self._index = indexed(self.element, self.spelling)
        found = index.get(name)
        if found.__class__ is str and found.isdecimal() and found.isascii() and len(found) < 12:
            return int(found)
        return self._whole(name)

    def needed_whole(self, name: str) -> int:
        """A whole number, signed; `Malformed` where it is not given."""
        found = self.whole(name)
        if found is None:
            raise self._missing(name)
        return found

    def time(self, name: str) -> datetime | None:
        """A moment given in China time (or the peer's); None where it is not given or names no
        moment.
        """
        zone = CHINA_TIME if self.spelling is None else self.spelling.zone
        return read_time(self.text(name), zone)

    def date(self, name: str) -> date | None:
        """A date, also where a time follows; None where it is not given or names no date."""
        return read_date(self.text(name))

    def _only(self, name: str) -> etree._Element | None:
        index = self._index
        if index is None:
            index = self._index = indexed(self.element, self.spelling)
        if name not in index:
            return None
        found = index[name]
        if isinstance(found, list):
            raise self._repeated(name)
        if found is None or isinstance(found, str):
            return next(child for child in self.element if self.name_of(child) == name)
        return found

    def _whole(self, name: str) -> int | None:
        """As `whole`, for all that isn't plain digits."""
        found = self.text(name)
        if found is None:
            return None
        try:
            return read_whole(found)
        except ValueError:
            reason = "a quantity is a whole number"
            field = f"{self.path}/{name}"
            raise Malformed("malformed_quantity", reason, field=field) from None

    def _missing(self, name: str) -> Malformed:
        return Malformed("missing_element", "a value is needed", field=f"{self.path}/{name}")

    def _repeated(self, name: str) -> Malformed:
        return Malformed(
            "repeated_element", "the element stands more than once", field=f"{self.path}/{name}"
        )


def _numbered(node: Node, names: Sequence[str]) -> list[Node]:
    if node.spelling is not None:
        return _numbered_there(node, names, node.spelling)
    found = []
    for name in names:
        number, place = 0, f"{node.path}/{name}["
        for child in node.element:
            if child.tag == name:
                number += 1
                found.append(Node(child, f"{place}{number}]"))
    return found


def _numbered_there(node: Node, names: Sequence[str], spelling: Spelling) -> list[Node]:
    """As `_numbered`; a place counts the elements that are written the same."""
    found, numbers = dict[str, list[Node]](), Counter[str]()
    for child in node.element:
        numbers[child.tag] += 1
        place = f"{node.path}/{child.tag}[{numbers[child.tag]}]"
        found.setdefault(node.name_of(child), []).append(Node(child, place, spelling))
    return [each for name in names for each in found.get(name, [])]


def _not_a_text(path: str) -> Malformed:
    return Malformed("not_a_text", "the element holds other elements", field=path)


def read(body: bytes, *, root: str = "request", spelling: Spelling | None = None) -> Node:
    """The document's root element; refused as by `parsing.parse`, and when its name is another
    (`wrong_root`). Roots have Qimen's names in every spelling.
    """
    element = parse(body)
    if element.tag != root:
        raise Malformed("wrong_root", f"the root element is <{root}>", field="/")
    plain = spelling is None or spelling.is_plain
    return Node(element, f"/{root}", None if plain else spelling)


def write(root: str, content: Content, spelling: Spelling = PLAIN) -> bytes:
    """A document in UTF-8, with its declaration unless the peer wants none; characters that XML 1.0
    can't carry are dropped.
    """
    element = etree.Element(root)
    _fill(element, content, root, spelling)
    return etree.tostring(element, encoding="UTF-8", xml_declaration=spelling.declaration)


def _fill(element: etree._Element, content: Content, name: str, spelling: Spelling, /) -> None:
    """Fills an element; `name` is its name in our words."""
    if isinstance(content, datetime):
        element.text = write_time(content, spelling.zone)
    elif isinstance(content, (str, int)):
        element.text = _ILLEGAL.sub("", spelling.write_code(name, str(content)))
    else:
        for each, inner in _pairs(content):
            if inner is not None:
                child = etree.SubElement(element, spelling.theirs(element.tag, each))
                _fill(child, inner, each, spelling)


def _pairs(content: Content) -> Iterator[tuple[str, Content]]:
    if isinstance(content, Mapping):
        yield from content.items()
    elif isinstance(content, Sequence) and not isinstance(content, str):
        yield from content
