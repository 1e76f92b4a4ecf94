"""The catalog's items in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| SKU | `SKU#<code>` | `HEAD` | gsi1 `SKUS#<bucket>` / code |
| supplier | `SUPPLIER#<code>` | `HEAD` | gsi1 `SUPPLIERS` / code |
| identity | `SOURCE#SKU#<source>#<source id>`, `SOURCE#SUPPLIER#…` | `HEAD` | |
| warehouse | `WAREHOUSES` | code | |
| shop | `SHOPS` | code | |
| client | `CLIENTS` | code | |

Warehouses, shops and clients are hundreds, so a partition each is bounded. SKUs are not: their
index is spread by bucket. An identity's item names the code it belongs to and never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.catalog.model import Client, Shop, Sku, Supplier, Warehouse
from chalicelib.kernel.items import Items, Page, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Exists, Key, Put, Update, Value, Write

TABLE = "documents"
HEAD = "HEAD"

Master = TypeVar("Master", Sku, Supplier)
Setup = TypeVar("Setup", Warehouse, Shop, Client)

_KINDS: dict[type, str] = {Sku: "SKU", Supplier: "SUPPLIER"}
_PARTITIONS: dict[type, str] = {Warehouse: "WAREHOUSES", Shop: "SHOPS", Client: "CLIENTS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[Master]):
    """What is there already, as two looks tell: under the code, and under the identity (the code
    it belongs to).
    """

    by_code: Master | None
    code_of_identity: str | None


def master_key(kind: type[Sku] | type[Supplier], code: str) -> Key:
    """The item of a SKU or supplier."""
    return Key(TABLE, f"{_KINDS[kind]}#{code}", HEAD)


def identity_key(document: Sku | Supplier) -> Key:
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
        """Those of the SKUs or suppliers that exist."""
        keys = [master_key(kind, code) for code in dict.fromkeys(codes)]
        found = (from_item(item, kind) for item in self._items.get_many(keys).values())
        return {document.code: document for document in found}

    def known(self, documents: Sequence[Master]) -> list[Known[Master]]:
        """What stands in the way of each document, by one round of consistent reads."""
        heads = [master_key(type(document), document.code) for document in documents]
        identities = [identity_key(document) for document in documents]
        found = self._items.get_many(heads + identities)
        answer: list[Known[Master]] = []
        for document, head, identity in zip(documents, heads, identities, strict=True):
            by_code = from_item(found[head], type(document)) if head in found else None
            owner = str(found[identity]["code"]) if identity in found else None
            answer.append(Known(by_code=by_code, code_of_identity=owner))
        return answer

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


def create_master(document: Sku | Supplier) -> tuple[Write, Write]:
    """A new document with its identity."""
    return (
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
    )


def change_master(document: Sku | Supplier) -> Write:
    """The next version of a document; `document.version` is the new one."""
    return Put(
        key=master_key(type(document), document.code),
        item=_master_item(document),
        condition=Equals("version", document.version - 1),
        refusal="stale_version",
    )


def _master_item(document: Sku | Supplier) -> dict[str, Value]:
    partition = f"SKUS#{document.bucket}" if isinstance(document, Sku) else "SUPPLIERS"
    return to_item(document) | {"gsi1pk": partition, "gsi1sk": document.code}


def create_setup(document: Warehouse | Shop | Client) -> Write:
    """A new warehouse, shop or client."""
    return Put(
        key=setup_key(type(document), document.code),
        item=to_item(document),
        condition=Absent(),
        refusal="code_taken",
    )


def change_setup(document: Warehouse | Shop | Client) -> Write:
    """Says an existing one anew; whether a warehouse's stock is open stays as it is."""
    said = to_item(document)
    kept = {"code", "stock_open"}
    return Update(
        key=setup_key(type(document), document.code),
        condition=Exists(),
        refusal="unknown_code",
        set={name: value for name, value in said.items() if name not in kept},
    )


def open_stock(warehouse: str) -> Write:
    """Opens a warehouse's stock; opening it again changes nothing."""
    return Update(
        key=setup_key(Warehouse, warehouse),
        condition=Exists(),
        refusal="unknown_warehouse",
        set={"stock_open": True},
    )
