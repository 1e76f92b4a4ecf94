"""The documents of the catalog and the pure rules about them.

A SKU, supplier, bundle or category has two names: its `code`, by which everything in the OMS knows
it, and its identity in the system it comes from (`source`, `source_id`). The identity decides
whether a message creates or changes; a code belongs to one identity for ever.
"""

from __future__ import annotations

from chalicelib.catalog.model.bundle import (
    Bundle,
    BundleInput,
    Component,
    new_bundle,
    price_shares,
)
from chalicelib.catalog.model.category import MOST_LEVELS, Category, CategoryInput, new_category
from chalicelib.catalog.model.setup import Client, ClientKind, CostMethod, Shop, Warehouse
from chalicelib.catalog.model.sku import BUCKETS, Sku, SkuContent, SkuInput, bucket_of, new_sku
from chalicelib.catalog.model.supplier import Supplier, SupplierInput, new_supplier
from chalicelib.catalog.model.taken import Outcome, Taken

__all__ = [
    "BUCKETS",
    "Bundle",
    "BundleInput",
    "Category",
    "CategoryInput",
    "Client",
    "ClientKind",
    "Component",
    "CostMethod",
    "MOST_LEVELS",
    "Outcome",
    "Shop",
    "Sku",
    "SkuContent",
    "SkuInput",
    "Supplier",
    "SupplierInput",
    "Taken",
    "Warehouse",
    "bucket_of",
    "new_bundle",
    "new_category",
    "new_sku",
    "new_supplier",
    "price_shares",
]
