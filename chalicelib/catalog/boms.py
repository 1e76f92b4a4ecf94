"""Bills of materials (BOM): what a product is put together from in the warehouse, and taken apart
into. Known by its code and by its source and id there, like a SKU.

| item | pk | sk |
| --- | --- | --- |
| BOM | `BOM#<code>` | `HEAD` |
| identity | `SOURCE#BOM#<source>#<source id>` | `HEAD` |

One BOM in a request. Left out may be `valid` (true) and of a component `weight` (1): what a piece
of it counts when a product is taken apart and its value is divided::

    {"id": "B-7", "code": "GIFT-BOX", "owner": "ACME", "product": "GIFT-1", "valid": true,
     "components": [{"sku": "TEA-100", "quantity": 2, "weight": 3},
                    {"sku": "BOX-1", "quantity": 1, "weight": 1}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from chalicelib.catalog.model import Outcome, Sku
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Equals,
    Key,
    Put,
    Transaction,
    Write,
    Writes,
)

TABLE = "documents"
MOST_COMPONENTS = 40
MOST_PIECES = 10_000
MOST_WEIGHT = 1_000_000
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Pieces of a SKU in one piece of the product."""

    sku: str
    quantity: int
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BomInput:
    """A BOM as its source says it; `id` is its identity there."""

    id: str
    code: str
    owner: str
    product: str
    components: tuple[Component, ...]
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """A version of a BOM. Documents take over what it says when they are made."""

    code: str
    source: str
    source_id: str
    owner: str
    product: str
    components: tuple[Component, ...]
    message: Source
    valid: bool = True
    version: int = 1


class _Component(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    sku: str
    quantity: int
    weight: int = 1


class _Bom(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    code: str
    owner: str
    product: str
    components: list[_Component]
    valid: bool = True


def parse_bom(body: bytes) -> BomInput:
    """The BOM of a request; `Malformed` or `Refused` names the first field that is wrong."""
    bom = read_json(body, _Bom)
    check_text(bom.id, field="id", least=1, most=100)
    check_code(bom.code, field="code")
    check_code(bom.owner, field="owner")
    check_code(bom.product, field="product")
    check_count(len(bom.components), field="components", most=MOST_COMPONENTS)
    seen = {bom.product}
    for at, component in enumerate(bom.components):
        place = f"components[{at}]"
        check_code(component.sku, field=f"{place}.sku")
        check_range(component.quantity, field=f"{place}.quantity", least=1, most=MOST_PIECES)
        check_range(component.weight, field=f"{place}.weight", least=1, most=MOST_WEIGHT)
        if component.sku in seen:
            raise Refused("component_repeated", "each SKU stands once", field=f"{place}.sku")
        seen.add(component.sku)
    components = tuple(Component(**msgspec.structs.asdict(each)) for each in bom.components)
    return BomInput(
        id=bom.id,
        code=bom.code,
        owner=bom.owner,
        product=bom.product,
        components=components,
        valid=bom.valid,
    )


class Skus(Protocol):
    """The catalog's SKUs."""

    def skus(self, codes: Iterable[str]) -> Mapping[str, Sku]: ...


class Boms:
    """Takes and shows bills of materials."""

    def __init__(self, *, items: Items, transaction: Transaction, catalog: Skus) -> None:
        self._items = items
        self._transaction = transaction
        self._catalog = catalog

    def bom(self, code: str, *, field: str | None = None) -> Bom:
        """One BOM; `NotFound`, or `Refused` with the field that named it."""
        item = self._items.get(_key(code))
        if item is None:
            refusal = NotFound if field is None else Refused
            raise refusal("unknown_bom", "there is no such BOM", field=field)
        return from_item(item, Bom)

    def put(
        self, source: str, given: BomInput, message: Source, *, replayed: bool = False
    ) -> tuple[Bom, Outcome]:
        """Takes a BOM, or its next version; the same again changes nothing. Refused: an id with
        another code than before, a code of another id, SKUs that aren't there or of other owners.
        `replayed`: it came before, and what is there may be later.
        """
        self._check_skus(given)
        for _ in range(TRIES):
            before = self._before(source, given)
            after = _next(before, source, given, message)
            if before is not None and (replayed or _content(before) == _content(after)):
                return before, Outcome.UNCHANGED
            try:
                self._transaction.commit(Writes(_writes(after)))
            except ConditionFailed:
                # Ours, whose answer was lost, or another's: both are read next.
                continue
            return after, Outcome.UPDATED if before else Outcome.CREATED
        raise Unavailable(f"others keep changing {given.code}")

    def _before(self, source: str, given: BomInput) -> Bom | None:
        keys = _key(given.code), _identity(source, given.id)
        found = self._items.get_many(keys)
        identity = found.get(keys[1])
        if identity is not None and identity["code"] != given.code:
            raise Refused("code_fixed", "this id has another code already", field="code")
        if keys[0] not in found:
            return None
        before = from_item(found[keys[0]], Bom)
        if (before.source, before.source_id) != (source, given.id):
            raise Refused("code_taken", "the code belongs to another id", field="code")
        return before

    def _check_skus(self, given: BomInput) -> None:
        places = {given.product: "product"}
        places |= {each.sku: f"components[{at}].sku" for at, each in enumerate(given.components)}
        known = self._catalog.skus(places)
        for sku, field in places.items():
            if sku not in known:
                raise Refused("unknown_sku", "there is no such sku", field=field)
            if known[sku].owner != given.owner:
                raise Refused("other_owner", "this SKU is of another owner", field=field)


def _next(before: Bom | None, source: str, given: BomInput, message: Source) -> Bom:
    return Bom(
        code=given.code,
        source=source,
        source_id=given.id,
        owner=given.owner,
        product=given.product,
        components=given.components,
        message=message,
        valid=given.valid,
        version=before.version + 1 if before else 1,
    )


def _content(bom: Bom) -> Bom:
    return replace(bom, message=Source(message_id=""), version=0)


def _writes(bom: Bom) -> list[Write]:
    first = bom.version == 1
    head = Put(
        key=_key(bom.code),
        item=to_item(bom),
        condition=Absent() if first else Equals("version", bom.version - 1),
        refusal="code_taken" if first else "stale_version",
    )
    if not first:
        return [head]
    identity = Put(
        key=_identity(bom.source, bom.source_id),
        item={"code": bom.code},
        condition=Absent(),
        refusal="identity_taken",
    )
    return [head, identity]


def _key(code: str) -> Key:
    return Key(TABLE, f"BOM#{code}", "HEAD")


def _identity(source: str, source_id: str) -> Key:
    return Key(TABLE, f"SOURCE#BOM#{source}#{source_id}", "HEAD")
