"""The catalog's items in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| SKU | `SKU#<code>` | `HEAD` | gsi1 `SKUS#<bucket>` / code |
| supplier | `SUPPLIER#<code>` | `HEAD` | gsi1 `SUPPLIERS` / code |
| bundle | `BUNDLE#<code>` | `HEAD` | gsi1 `BUNDLES` / code |
| category | `CATEGORY#<code>` | `HEAD` | |
| its SKUs | `CATEGORY#<code>` | `SKU#<code>` | |
| identity | `SOURCE#SKU#<source>#<source id>`, `SOURCE#SUPPLIER#…` | `HEAD` | |
| warehouse | `WAREHOUSES` | code | |
| shop | `SHOPS` | code | |
| client | `CLIENTS` | code | |

Warehouses, shops and clients are hundreds, so a partition each is bounded. SKUs are not: their
index is spread by bucket. An identity's item names the code it belongs to and never changes. A SKU
and a bundle can't have one code: what creates either checks that the other isn't there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeAlias, TypeVar

from chalicelib.catalog.model import Bundle, Category, Client, Shop, Sku, Supplier, Warehouse
from chalicelib.kernel.items import Items, Page, from_item, query_all, to_item
from chalicelib.kernel.writes import (
    Absent,
    AllOf,
    AnyOf,
    Check,
    Condition,
    Delete,
    Equals,
    Exists,
    Key,
    Missing,
    Put,
    Update,
    Value,
    Write,
)

TABLE = "documents"
HEAD = "HEAD"

Document: TypeAlias = Sku | Supplier | Bundle | Category
Master = TypeVar("Master", Sku, Supplier, Bundle, Category)
Setup = TypeVar("Setup", Warehouse, Shop, Client)

_KINDS: dict[type, str] = {
    Sku: "SKU",
    Supplier: "SUPPLIER",
    Bundle: "BUNDLE",
    Category: "CATEGORY",
}
_SIBLINGS: dict[type, type[Document]] = {Sku: Bundle, Bundle: Sku}
"""What is named in the same places and so can't have the same code."""
_PARTITIONS: dict[type, str] = {Warehouse: "WAREHOUSES", Shop: "SHOPS", Client: "CLIENTS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[Master]):
    """What is there already, as the looks tell: under the code, under the identity (the code it
    belongs to), and whether a sibling (a SKU's is a bundle) has the code.
    """

    by_code: Master | None
    code_of_identity: str | None
    sibling: bool = False


def master_key(kind: type[Document], code: str) -> Key:
    """The item of a SKU, supplier, bundle or category."""
    return Key(TABLE, f"{_KINDS[kind]}#{code}", HEAD)


def sibling_key(document: Document) -> Key | None:
    """The item that must not be there beside this document's."""
    sibling = _SIBLINGS.get(type(document))
    return None if sibling is None else master_key(sibling, document.code)


def member_key(category: str, sku: str) -> Key:
    """That a SKU belongs to a category."""
    return Key(TABLE, f"CATEGORY#{category}", f"SKU#{sku}")


def identity_key(document: Document) -> Key:
    """The item that ties a source's identity to one code; the source is a code, so the id may hold
    any sign.
    """
    kind = _KINDS[type(document)]
    return Key(TABLE, f"SOURCE#{kind}#{document.source}#{document.source_id}", HEAD)


def setup_key(kind: type[Warehouse] | type[Shop] | type[Client], code: str) -> Key:
    """The item of a warehouse, shop or client."""
    return Key(TABLE, _PARTITIONS[kind], code)


class CatalogStore:
    """Reads of the catalog, consistent but for the lists of SKUs."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def masters(self, kind: type[Master], codes: Iterable[str]) -> dict[str, Master]:
        """Those of the documents that exist."""
        keys = [master_key(kind, code) for code in dict.fromkeys(codes)]
        found = (from_item(item, kind) for item in self._items.get_many(keys).values())
        return {document.code: document for document in found}

    def known(self, documents: Sequence[Master]) -> list[Known[Master]]:
        """What stands in the way of each document, by one round of consistent reads."""
        heads: list[Key] = [master_key(type(document), document.code) for document in documents]
        identities: list[Key] = [identity_key(document) for document in documents]
        siblings: list[Key | None] = [sibling_key(document) for document in documents]
        keys = [*heads, *identities, *(key for key in siblings if key is not None)]
        found = self._items.get_many(keys)
        answer: list[Known[Master]] = []
        for document, head, identity, sibling in zip(
            documents, heads, identities, siblings, strict=True
        ):
            by_code = from_item(found[head], type(document)) if head in found else None
            owner = str(found[identity]["code"]) if identity in found else None
            answer.append(Known(by_code=by_code, code_of_identity=owner, sibling=sibling in found))
        return answer

    def members(self, category: str, *, limit: int, cursor: str | None) -> Page:
        """A page of what says which SKUs belong to a category, by code."""
        return self._items.query(
            TABLE, f"CATEGORY#{category}", prefix="SKU#", limit=limit, cursor=cursor
        )

    def bundles(self, *, limit: int, cursor: str | None) -> Page:
        """Bundle items by code, through gsi1."""
        return self._items.query(TABLE, "BUNDLES", index="gsi1", limit=limit, cursor=cursor)

    def setup(self, kind: type[Setup], code: str) -> Setup | None:
        """One warehouse, shop or client."""
        item = self._items.get(setup_key(kind, code))
        return None if item is None else from_item(item, kind)

    def all_setup(self, kind: type[Setup]) -> list[Setup]:
        """All warehouses, shops or clients, by code."""
        items = query_all(self._items, TABLE, _PARTITIONS[kind])
        return [from_item(item, kind) for item in items]

    def skus_of_bucket(self, bucket: int, *, limit: int, cursor: str | None) -> Page:
        """SKU items of one bucket by code, through gsi1."""
        return self._items.query(TABLE, f"SKUS#{bucket}", index="gsi1", limit=limit, cursor=cursor)


def create_master(document: Document) -> list[Write]:
    """A new document with its identity."""
    created: list[Write] = [
        Put(
            key=master_key(type(document), document.code),
            item=_master_item(document),
            condition=Absent(),
            refusal="code_taken",
        ),
        Put(
            key=identity_key(document),
            item={"code": document.code},
            condition=Absent(),
            refusal="identity_taken",
        ),
    ]
    sibling = sibling_key(document)
    if sibling is not None:
        created.append(Check(key=sibling, condition=Absent(), refusal="code_taken"))
    return created


def change_master(document: Document) -> Write:
    """The next version of a document; `document.version` is the new one."""
    return Put(
        key=master_key(type(document), document.code),
        item=_master_item(document),
        condition=Equals("version", document.version - 1),
        refusal="stale_version",
    )


def unchanged(kind: type[Document], code: str, version: int) -> Check:
    """Holds while a document has this version; 0: while there is none."""
    condition = Equals("version", version) if version else Absent()
    return Check(key=master_key(kind, code), condition=condition, refusal="stale_version")


def move_member(sku: str, *, before: str, after: str) -> list[Write]:
    """A SKU goes from one category to another ("": none). The SKU's item is the guard, and stands
    in the same transaction.
    """
    if before == after:
        return []
    moved: list[Write] = []
    whatever = AnyOf((Absent(), Exists()))
    if before:
        key = member_key(before, sku)
        moved.append(Delete(key=key, condition=whatever, refusal="member_left"))
    if after:
        key = member_key(after, sku)
        moved.append(Put(key=key, item={"sku": sku}, condition=whatever, refusal="member_written"))
    return moved


def _master_item(document: Document) -> dict[str, Value]:
    item = to_item(document)
    partition = _partition(document)
    return item | {"gsi1pk": partition, "gsi1sk": document.code} if partition else item


def _partition(document: Document) -> str:
    """Where a document is listed; categories aren't."""
    if isinstance(document, Sku):
        return f"SKUS#{document.bucket}"
    if isinstance(document, Category):
        return ""
    return "SUPPLIERS" if isinstance(document, Supplier) else "BUNDLES"


def create_setup(document: Warehouse | Shop | Client) -> Write:
    """A new warehouse, shop or client."""
    return Put(
        key=setup_key(type(document), document.code),
        item=to_item(document),
        condition=Absent(),
        refusal="code_taken",
    )


def change_setup(document: Client) -> Write:
    """Says an existing client anew."""
    said = to_item(document)
    return Update(
        key=setup_key(Client, document.code),
        condition=Exists(),
        refusal="unknown_code",
        set={name: value for name, value in said.items() if name != "code"},
    )


def change_versioned(document: Warehouse | Shop) -> Write:
    """The next version of a warehouse or shop; `document.version` is the new one. Whether a
    warehouse's stock is open stays as it was read: opening it makes no version.
    """
    said, before = to_item(document), document.version - 1
    held: Condition = Equals("version", before)
    if before == 1:
        # One that was kept before there were versions has none, and counts as the first.
        held = AnyOf((held, AllOf((Exists(), Missing("version")))))
    if isinstance(document, Warehouse):
        held = AllOf((held, Equals("stock_open", document.stock_open)))
    kept = {"code", "stock_open", "opened_on"}
    return Update(
        key=setup_key(type(document), document.code),
        condition=held,
        refusal="stale_version",
        set={name: value for name, value in said.items() if name not in kept},
    )


def open_stock(warehouse: str, on: date | None) -> Write:
    """Opens a warehouse's stock, booked for a day (None: without any); opening it again so changes
    nothing.
    """
    return Update(
        key=setup_key(Warehouse, warehouse),
        condition=Exists(),
        refusal="unknown_warehouse",
        set={"stock_open": True, "opened_on": on.isoformat() if on else None},
    )
