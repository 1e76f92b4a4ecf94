"""A dialect: what a family of warehouse systems says otherwise than Qimen does. A table.

`dialects/` has a file for each; a connection names its own, and may set single things otherwise
(`connections.Connection`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from chalicelib.warehouse.signing import SignRule
from chalicelib.warehouse.spelling import Spelling
from chalicelib.warehouse.texts import zone_of

PREFIX = "taobao.qimen."
"""What the gateway puts before a method. In a callback it may stand or be missing."""


class Quantities(StrEnum):
    """How a stock change tells its direction.

    SIGNED: plus is more stock, minus less. POSITIVE: the order type tells it; a minus is taken as
    it stands all the same, since it can't mean more stock.
    """

    SIGNED = "SIGNED"
    POSITIVE = "POSITIVE"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dialect:
    """What is said otherwise; what isn't, is Qimen's.

    `elements`, `codes` and `reduced` are `Spelling`'s. `elements_of`: more elements, in the
    messages of one kind of order alone; the kind is what our methods begin with (`entryorder`).
    `methods`: our names of messages to theirs. Several may have one name there: which of ours such
    a callback is, is found from our documents (`telling_apart`), and it is the first of them where
    nothing tells. `zone`: of all its times, as `+08:00` or a name. `unverified`: what nobody has
    told us about it yet, a sentence each.
    """

    name: str
    title: str
    sign: SignRule = field(default_factory=SignRule)
    prefix: str = PREFIX
    methods: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    elements_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reduced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declaration: bool = True
    zone: str = "+08:00"
    stock_changes: Quantities = Quantities.SIGNED
    unverified: tuple[str, ...] = ()

    def method_out(self, method: str) -> str:
        """Their name of a message, without the prefix."""
        return self.methods.get(method, method)

    def methods_in(self, given: str) -> tuple[str, ...]:
        """Our names of a message that they name, with or without a prefix; at least one."""
        bare = given.removeprefix(self.prefix).removeprefix(PREFIX)
        return tuple(ours for ours, theirs in self.methods.items() if theirs == bare) or (bare,)

    def kind_of(self, method: str) -> str:
        """The kind of order that a message of ours is about, if its elements have names of their
        own there, else "".
        """
        kind = method.partition(".")[0]
        return kind if kind in self.elements_of else ""


@lru_cache(maxsize=256)
def spelling_of(dialect: Dialect, kind: str, zone: str, declaration: bool | None, /) -> Spelling:
    """How a dialect's messages about a `kind` of order ("": about any) are spelled with a zone
    ("": its own) and with or without a declaration (None: as it has it).
    """
    return Spelling(
        elements={**dialect.elements, **dialect.elements_of.get(kind, {})},
        codes=dialect.codes,
        reduced=dialect.reduced,
        zone=zone_of(zone or dialect.zone),
        declaration=dialect.declaration if declaration is None else declaration,
    )
