"""Batch codes of our own: by a rule per warehouse and category, so that pieces of one SKU from
several suppliers can be told apart.

| item | pk | sk | index |
| --- | --- | --- | --- |
| rule | `BATCH_RULE#<warehouse>#<category>` | `HEAD` | gsi1 `BATCH_RULES` / the names |
| next number of a day | `BATCH_SEQUENCE#<warehouse>` | day | |
| what came of a batch | `BATCH#<warehouse>#<sku>#<batch>` | `<receipt>#<line>` | |

A rule's warehouse and category may be `*`; the one that names most counts, the warehouse before the
category. A purchase order's lines get their codes with its approval; they go to the warehouse with
it. What the warehouse says instead is kept beside ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from chalicelib.catalog.model import Sku
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.strict_json import check_code, check_text
from chalicelib.kernel.writes import (
    Absent,
    AnyOf,
    Equals,
    Exists,
    Key,
    Put,
    Transaction,
    Write,
    Writes,
)
from chalicelib.purchasing.model import (
    ANY,
    BatchReceipt,
    BatchRule,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
)

TABLE = "documents"
FIELDS = ("supplier", "date", "order", "line", "sku", "sequence")
TELLING = frozenset({"supplier", "order"})
"""A template has one of these, or pieces of two suppliers could get one code."""

STALE_SEQUENCE = "stale_batch_sequence"
_FIELD = re.compile(r"\{([^{}]*)\}")


class BatchRules:
    """The rules, and what they give."""

    def __init__(self, *, items: Items, transaction: Transaction) -> None:
        self._items = items
        self._transaction = transaction

    def listed(
        self, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[BatchRule], str | None]:
        """All rules by their names, and where to go on; through an index, so a moment late."""
        page = self._items.query(TABLE, "BATCH_RULES", index="gsi1", limit=limit, cursor=cursor)
        return [from_item(item, BatchRule) for item in page.items], page.next_cursor

    def put(self, rule: BatchRule) -> BatchRule:
        """Sets one, or says it anew; `Refused` names the field that is wrong. An empty template:
        no codes of ours.
        """
        if rule.warehouse != ANY:
            check_code(rule.warehouse, field="warehouse")
        check_text(rule.category, field="category", least=1, most=100)
        _check_template(rule.template)
        key = _rule_key(rule.warehouse, rule.category)
        put = Put(
            key=key,
            item=to_item(rule) | {"gsi1pk": "BATCH_RULES", "gsi1sk": key.pk},
            condition=AnyOf((Absent(), Exists())),
            refusal="batch_rule_written",
        )
        self._transaction.commit(Writes([put]))
        return rule

    def plan(
        self, order: PurchaseOrder, skus: Mapping[str, Sku], day: date
    ) -> tuple[PurchaseOrder, list[Write]]:
        """The order with its lines' codes, and what takes their numbers. Refusal, to be planned
        again: `stale_batch_sequence`. `Refused`: a code that is too long to be one.
        """
        rules = self._rules_of(order, skus)
        templates = [_template(rules, order, skus[line.sku].category) for line in order.lines]
        counted = sum("{sequence}" in template for template in templates)
        taken, writes = self._numbers(order.warehouse, day, counted)
        lines = []
        for at, (line, template) in enumerate(zip(order.lines, templates, strict=True)):
            number = taken
            taken += "{sequence}" in template
            code = _filled(template, order, line, day=day, number=number)
            if code and not is_code(code):
                raise Refused(
                    "malformed_batch_code",
                    "the rule makes a code of more than 50 signs, or of others than a code's",
                    field=f"lines[{at}]",
                )
            lines.append(replace(line, batch=code))
        return replace(order, lines=tuple(lines)), writes

    def receipts_of(self, warehouse: str, sku: str, batch: str) -> list[BatchReceipt]:
        """What came of a batch, whichever of its names is asked for, by receipt."""
        items = query_all(self._items, TABLE, f"BATCH#{warehouse}#{sku}#{batch}")
        return [from_item(item, BatchReceipt) for item in items]

    def _rules_of(
        self, order: PurchaseOrder, skus: Mapping[str, Sku]
    ) -> dict[tuple[str, str], BatchRule]:
        categories = {skus[line.sku].category for line in order.lines} - {""} | {ANY}
        keys = [_rule_key(place, name) for place in (order.warehouse, ANY) for name in categories]
        found = [from_item(item, BatchRule) for item in self._items.get_many(keys).values()]
        return {(rule.warehouse, rule.category): rule for rule in found}

    def _numbers(self, warehouse: str, day: date, count: int) -> tuple[int, list[Write]]:
        """The first of so many numbers, and the write that takes them."""
        if not count:
            return 1, []
        key = Key(TABLE, f"BATCH_SEQUENCE#{warehouse}", day.isoformat())
        item = self._items.get(key)
        first = int(item["next"]) if item else 1
        put = Put(
            key=key,
            item={"next": first + count},
            condition=Equals("next", first) if item else Absent(),
            refusal=STALE_SEQUENCE,
        )
        return first, [put]


def batch_rows(order: PurchaseOrder, receipt: Receipt) -> list[Put]:
    """Where a receipt's batches are found: under our code, and under the warehouse's where that is
    another.
    """
    return [
        _batch_row(
            name,
            BatchReceipt(
                batch=line.batch,
                reported_batch=line.reported_batch,
                warehouse=receipt.warehouse,
                sku=line.sku,
                receipt=receipt.id,
                line_no=line.line_no,
                supplier=order.supplier,
                purchase_order=order.no,
                quantity=line.quantity,
                inventory_type=line.inventory_type,
                occurred_at=receipt.occurred_at,
                source=line.source,
            ),
        )
        for line in receipt.lines
        if line.quantity and line.purchase_line_no is not None
        for name in sorted({line.batch, line.reported_batch or ""} - {""})
    ]


def _batch_row(name: str, row: BatchReceipt) -> Put:
    return Put(
        key=Key(
            TABLE, f"BATCH#{row.warehouse}#{row.sku}#{name}", f"{row.receipt}#{row.line_no:05d}"
        ),
        item=to_item(row),
        # It says the same however often it is written.
        condition=AnyOf((Absent(), Exists())),
        refusal="batch_row_written",
    )


def _check_template(template: str) -> None:
    if not template:
        return
    names = _FIELD.findall(template)
    plain = _FIELD.sub("", template)
    if not set(names) <= set(FIELDS) or not re.fullmatch(r"[A-Za-z0-9_.\-]*", plain):
        raise Refused(
            "malformed_template",
            f"a code's signs, and of {{field}} one of {', '.join(FIELDS)}",
            field="template",
        )
    if not TELLING & set(names):
        raise Refused("template_tells_nothing", "it needs {supplier} or {order}", field="template")


def _template(
    rules: Mapping[tuple[str, str], BatchRule], order: PurchaseOrder, category: str
) -> str:
    for names in _names(order.warehouse, category):
        if names in rules:
            return rules[names].template
    return ""


def _names(warehouse: str, category: str) -> Sequence[tuple[str, str]]:
    """The names of the rules that fit, those that count most first."""
    return [(place, name) for place in (warehouse, ANY) for name in (category, ANY)]


def _filled(
    template: str, order: PurchaseOrder, line: PurchaseLine, *, day: date, number: int
) -> str:
    values = {
        "supplier": order.supplier,
        "date": f"{day:%y%m%d}",
        "order": order.no,
        "line": str(line.line_no),
        "sku": line.sku,
        "sequence": f"{number:03d}",
    }
    return _FIELD.sub(lambda found: values[found.group(1)], template)


def _rule_key(warehouse: str, category: str) -> Key:
    return Key(TABLE, f"BATCH_RULE#{warehouse}#{category}", "HEAD")


def in_commits(puts: Sequence[Put], size: int = 50) -> Iterable[Writes]:
    """The rows in transactions."""
    for first in range(0, len(puts), size):
        yield Writes(puts[first : first + size])
