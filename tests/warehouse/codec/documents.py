"""Documents of any type, made from its annotations: random ones, and one with every field given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\ufffe\uffff", exclude_categories=["Cc"]),
    min_size=1,
    max_size=50,
).filter(lambda text: text == text.strip() and text != "null")
_MOMENTS = st.integers(946_684_800, 4_070_908_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def documents(kind: Any) -> st.SearchStrategy[Any]:
    """Documents within the limits of the protocol; texts have no blanks around them."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{each.name: documents(hints[each.name]) for each in fields(kind)})
    if get_origin(kind) is UnionType:
        return st.one_of(*(documents(each) for each in get_args(kind)))
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[1:] == (...,):
            return st.lists(documents(inner[0]), min_size=1, max_size=3).map(tuple)
        return st.tuples(*(documents(each) for each in inner))
    return _PLAIN[kind]


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXTS,
    int: st.integers(0, 10**9),
    bool: st.booleans(),
    datetime: _MOMENTS,
    date: st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)),
    type(None): st.none(),
}


class Full:
    """Makes a document in which every field is given, each with a value of its own.

    `told` is what has to be found on the wire, by field: the forms that a value may have there.
    """

    def __init__(self) -> None:
        self.told: dict[str, set[str]] = {}
        self._next = 0

    def made(self, kind: Any, place: str) -> Any:
        """A value of the kind."""
        if is_dataclass(kind):
            hints = get_type_hints(kind)
            name = f"{place}.{kind.__name__}" if place else kind.__name__
            return kind(
                **{
                    each.name: self.made(hints[each.name], f"{name}.{each.name}")
                    for each in fields(kind)
                }
            )
        if get_origin(kind) is UnionType:
            return self.made(get_args(kind)[0], place)
        if get_origin(kind) is tuple:
            inner = [each for each in get_args(kind) if each is not ...]
            return tuple(self.made(each, place) for each in inner)
        return self._plain(kind, place)

    def _plain(self, kind: Any, place: str) -> Any:
        self._next += 1
        value: Any
        if kind is str:
            value, forms = f"text{self._next}", {f"text{self._next}"}
        elif kind is int:
            # Apart enough that no form of one number is a form of another.
            value = 1_000_003 * self._next
            forms = {str(value), *(_decimal(value, places) for places in (1, 2, 3, 4))}
            forms |= {_decimal(value * 10, 2), _decimal((value + 50) // 100, 2)}
        elif kind is datetime:
            value = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._next)
            forms = {(value + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")}
        elif kind is date:
            value = date(2026, 1, 1) + timedelta(days=self._next)
            forms = {value.isoformat()}
        else:
            return True
        self.told[place] = forms
        return value


def _decimal(value: int, places: int) -> str:
    whole, part = divmod(value, 10**places)
    return f"{whole}.{part:0{places}d}"


def leaves(content: Any) -> Iterator[tuple[str, ...]]:
    """(names down to it, text) of every text in what a codec has made."""
    if content is None:
        return
    if isinstance(content, datetime):
        yield ((content + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S"),)
        return
    if isinstance(content, (str, int)):
        yield (str(content),)
        return
    pairs = content.items() if isinstance(content, dict) else content
    for name, inner in pairs:
        for below in leaves(inner):
            yield (name, *below)
