"""A message's content as flat rows, so that people can count and list without opening XML.

It works for every message in both directions, also for those that no codec reads: what is a list is
told from the structure. A row is the header or an entry of a list, with the texts that stand in it
by their place below it (`entryOrder/entryOrderCode`, `senderInfo/city`). An entry of a list within
an entry is a row of its own; paths tell which one it belongs to. Personal data is masked by the
rules of `elements`. Long texts, and what is too much, are cut, and how much is said: the raw
message has all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from chalicelib.warehouse.elements import HIDDEN, context, is_personal
from chalicelib.warehouse.spelling import PLAIN, Spelling
from chalicelib.warehouse.xml import read

MOST_ROWS = 1_000
MOST_FIELDS = 100
LONGEST_TEXT = 200
CUT = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The texts of the header or of an entry of a list; `path` is where it stands."""

    path: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRows:
    """A message as rows in document order; `left_out` counts rows and fields beyond the limits."""

    header: Row
    lines: tuple[Row, ...]
    left_out: int


def content_rows(body: bytes, *, root: str = "request", spelling: Spelling = PLAIN) -> ContentRows:
    """The rows of a message, in our words where a peer's `spelling` is given; `Malformed` or
    `TooLarge` as `xml.read`.
    """
    top = read(body, root=root)
    rows, header = _Rows(spelling=spelling), dict[str, str]()
    rows.take(top.element, _At(path=top.path, place="", above=()), header)
    return ContentRows(
        header=Row(path=top.path, fields=header), lines=tuple(rows.lines), left_out=rows.left_out
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """Where an element stands: in the message, in its row, and under which names."""

    path: str
    place: str
    above: tuple[str, ...]


@dataclass(slots=True)
class _Rows:
    """The rows while they are gathered."""

    spelling: Spelling
    lines: list[Row] = field(default_factory=list)
    left_out: int = 0

    def take(self, element: etree._Element, at: _At, fields: dict[str, str]) -> None:
        """What lies below an element: into the row it is part of, and into rows of their own."""
        groups: dict[str, list[etree._Element]] = {}
        for child in element:
            groups.setdefault(self.spelling.ours(element.tag, child.tag), []).append(child)
        names = (*at.above, element.tag)
        for name, same in groups.items():
            shown = [_shown(child, names) for child in same if not len(child)]
            texts = [self.spelling.read_code(name, text) for text in shown if text]
            self._add(fields, f"{at.place}{name}", ";".join(texts))
            listed = len(same) > 1 or _lists(element.tag, name, len(groups))
            for number, child in enumerate(same, start=1):
                if not len(child):
                    continue
                if listed:
                    path = f"{at.path}/{name}[{number}]"
                    self.take(child, _At(path=path, place="", above=names), self._row(path))
                else:
                    path, place = f"{at.path}/{name}", f"{at.place}{name}/"
                    self.take(child, _At(path=path, place=place, above=names), fields)

    def _row(self, path: str) -> dict[str, str]:
        """The fields of a new row, to be filled; those of a row too many go nowhere."""
        fields: dict[str, str] = {}
        if len(self.lines) < MOST_ROWS:
            self.lines.append(Row(path=path, fields=fields))
        else:
            self.left_out += 1
        return fields

    def _add(self, fields: dict[str, str], place: str, text: str) -> None:
        """A text of a row; one that is not given is left out."""
        if not text:
            return
        if len(fields) >= MOST_FIELDS:
            self.left_out += 1
        else:
            cut = len(text) > LONGEST_TEXT
            fields[place] = text[: LONGEST_TEXT - 1] + CUT if cut else text


def _lists(wrapper: str, name: str, names: int) -> bool:
    """Whether an element is a list although it holds one entry only: `items` of `item`."""
    outer, inner = wrapper.lower(), name.lower()
    return names == 1 and inner in outer and inner != outer


def _shown(leaf: etree._Element, names: Sequence[str]) -> str:
    text = (leaf.text or "").strip()
    if text in ("", "null"):
        return ""
    return HIDDEN if is_personal(leaf.tag, context(names)) else text
