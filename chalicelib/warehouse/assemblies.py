"""Documents that a WMS sends in parts: which lines have come. Pure rules, and their items.

| item | pk | sk |
| --- | --- | --- |
| how far it is | `ASSEMBLY#<wms>#<method>#<order>#<group>` | `HEAD` |
| 200 lines of a part | … | `PART#<round>#<message>#<n>` |

While lines are missing, gsi1 lists it under `ASSEMBLIES#OPEN` by the time of its first part.

**Which parts belong together.** The protocol doesn't say whether they repeat the header's
outBizCode. Of a WMS whose outBizCode names one message they can't, so parts belong together by
order and totalOrderLines; else by the outBizCode too. After a complete document the next part under
the same names begins a new round.

**Lines are counted by identity**: their own outBizCode, number, item, quality and batches, and
which of several such it is within its message. So a part that comes again, or is cut differently,
counts no line twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine
from chalicelib.warehouse.states import AssemblyState

TABLE = "documents"
STALE_ASSEMBLY = "stale_assembly"
OPEN = "ASSEMBLIES#OPEN"
LINES_TOGETHER = 200
"""Lines of a part in one item: well below the 400 KB that an item may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """How far a document has come. `lines` of `total_lines` are there; `final` and `operated_at`
    are what its parts say together: one that is final, the latest time.
    """

    id: str
    wms: str
    method: str
    code: str
    total_lines: int
    first_at: datetime
    last_at: datetime
    state: AssemblyState = AssemblyState.WAITING
    round: int = 1
    lines: int = 0
    final: bool = False
    operated_at: datetime | None = None
    message_id: str = ""
    version: int = 1

    @property
    def open(self) -> bool:
        """Whether lines are missing."""
        return self.state is not AssemblyState.COMPLETE


def group_of(out_biz_code: str, total_lines: int, *, unique: bool) -> str:
    """What parts of one document have in common besides their order."""
    named = "" if unique else out_biz_code
    return hashlib.sha256(f"{total_lines}#{named}".encode()).hexdigest()[:16]


def identities(lines: Iterable[ConfirmLine]) -> list[tuple[str, ConfirmLine]]:
    """The lines of one message, each with what tells it from the others of its document."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        batches = sorted((each.code, each.inventory_type) for each in line.batches)
        names = (
            line.out_biz_code,
            line.order_line_no,
            line.item_code,
            line.inventory_type,
            *(f"{code}#{quality}" for code, quality in batches),
        )
        name = "\n".join(names)
        seen[name] += 1
        found.append((f"{name}\n{seen[name]}", line))
    return found


def merged(
    known: Mapping[str, ConfirmLine], lines: Sequence[ConfirmLine]
) -> tuple[dict[str, ConfirmLine], list[str]]:
    """All lines after a part, and where it contradicts what came before: the first word counts."""
    together, contradicting = dict(known), []
    for name, line in identities(lines):
        before = together.setdefault(name, line)
        if before.actual != line.actual:
            contradicting.append(line.path)
    return together, contradicting


def in_order(lines: Mapping[str, ConfirmLine]) -> tuple[ConfirmLine, ...]:
    """The lines of a document by their numbers, in whatever order its parts came."""
    return tuple(line for _, line in sorted(lines.items(), key=_place))


def _place(named: tuple[str, ConfirmLine]) -> tuple[bool, int, str]:
    name, line = named
    number = line.order_line_no
    plain = number.isascii() and number.isdigit()
    return not plain, int(number) if plain else 0, name


def assembly_key(assembly: str) -> Key:
    """An assembly's item."""
    return Key(TABLE, f"ASSEMBLY#{assembly}", "HEAD")


class AssemblyStore:
    """Reads, consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def assembly(self, assembly: str) -> Assembly | None:
        """How far a document has come; None where no part has."""
        item = self._items.get(assembly_key(assembly))
        return None if item is None else from_item(item, Assembly)

    def waiting(self, *, until: datetime, limit: int) -> list[Assembly]:
        """Those whose first part had come by then and that still lack lines, the oldest first;
        through an index, so a moment late.
        """
        page = self._items.query(TABLE, OPEN, until=f"{to_text(until)}~", index="gsi1", limit=limit)
        return [from_item(item, Assembly) for item in page.items]

    def lines(self, assembly: Assembly) -> dict[str, ConfirmLine]:
        """The lines of its round, each under its identity."""
        found = query_all(
            self._items, TABLE, f"ASSEMBLY#{assembly.id}", prefix=f"PART#{assembly.round:04d}#"
        )
        return {
            name: from_item(line, ConfirmLine)
            for item in found
            for name, line in zip(item["names"], item["lines"], strict=True)
        }


def put_assembly(assembly: Assembly) -> Put:
    """The next version of an assembly."""
    fresh = assembly.version == 1
    item = to_item(assembly)
    if assembly.open:
        item |= {"gsi1pk": OPEN, "gsi1sk": f"{to_text(assembly.first_at)}#{assembly.id}"}
    return Put(
        key=assembly_key(assembly.id),
        item=item,
        condition=Absent() if fresh else Equals("version", assembly.version - 1),
        refusal=STALE_ASSEMBLY,
    )


def put_lines(assembly: Assembly, fresh: Mapping[str, ConfirmLine], message_id: str) -> list[Put]:
    """The lines that a message has added."""
    names = list(fresh)
    puts = []
    for first in range(0, len(names), LINES_TOGETHER):
        part = names[first : first + LINES_TOGETHER]
        place = f"PART#{assembly.round:04d}#{message_id}#{first // LINES_TOGETHER:04d}"
        puts.append(
            Put(
                key=Key(TABLE, f"ASSEMBLY#{assembly.id}", place),
                item={"names": [*part], "lines": [to_item(fresh[name]) for name in part]},
                condition=Absent(),
                refusal=STALE_ASSEMBLY,
            )
        )
    return puts
