"""The children of an element by name, which is what reading a document mostly is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from lxml import etree

from chalicelib.warehouse.spelling import Spelling

_NOT_GIVEN = "null"

Index: TypeAlias = "dict[str, etree._Element | list[etree._Element] | str | None]"
"""By name: a text (None: not given), an element that holds others, or several of one name."""


def indexed(element: etree._Element, spelling: Spelling | None) -> Index:
    """The children by name: a text (None for none given), an element that holds others, or all of
    them where the name repeats.

    It is asked of every element of a message, so it calls nothing of ours for plain Qimen.
    """
    if spelling is not None:
        return _spelled(element, spelling)
    index: Index = {}
    for child in element:
        text = child.text
        if text is not None and (text := text.strip()) and not len(child):
            index[child.tag] = text if text != _NOT_GIVEN else None
        else:
            index[child.tag] = child if len(child) else None
    return index if len(index) == len(element) else _grouped(element)


def _grouped(element: etree._Element) -> Index:
    """The index of an element whose children's names repeat, by a second and last look at it."""
    groups: dict[str, list[etree._Element]] = {}
    for child in element:
        groups.setdefault(child.tag, []).append(child)
    return _index_of(groups)


def _spelled(element: etree._Element, spelling: Spelling) -> Index:
    """The index of an element that is spelled otherwise: in our words, with our codes."""
    groups: dict[str, list[etree._Element]] = {}
    for child in element:
        groups.setdefault(spelling.ours(element.tag, child.tag), []).append(child)
    index = _index_of(groups)
    for name in index.keys() & spelling.codes.keys():
        found = index[name]
        if isinstance(found, str):
            index[name] = spelling.read_code(name, found)
    return index


def _index_of(groups: Mapping[str, list[etree._Element]]) -> Index:
    index: Index = {}
    for name, found in groups.items():
        only, several = found[0], len(found) > 1
        index[name] = found if several else only if len(only) else text_of(only)
    return index


def text_of(element: etree._Element) -> str | None:
    """An element's own text without blanks around; None where that is empty or `null`."""
    text = (element.text or "").strip()
    return text if text and text != _NOT_GIVEN else None
