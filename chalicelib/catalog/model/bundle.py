"""Bundles (组合商品): sold as one, shipped as parts.

A bundle's code is what channels sell, so no SKU has it; its parts are SKUs, never bundles. It has
no stock of its own: an order of it becomes lines of its parts when it is placed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.catalog.model.sku import Sku
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part: how many pieces of a SKU are in one bundle. `price` is what a piece counts for when
    the bundle's price is split (fen; None: the SKU's retail price).
    """

    sku: str
    quantity: int
    price: Fen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle as it is now; `version` counts its changes."""

    code: str
    source: str
    source_id: str
    owner: str
    name: str
    components: tuple[Component, ...]
    barcode: str = ""
    valid: bool = True
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInput:
    """What the product system says about one bundle; `id` is its identity there."""

    id: str
    code: str
    owner: str
    name: str
    components: tuple[Component, ...]
    barcode: str = ""
    valid: bool = True


def new_bundle(given: BundleInput, *, source: str, message: Source) -> Bundle:
    """The first version of a bundle as its source describes it."""
    return Bundle(
        code=given.code,
        source=source,
        source_id=given.id,
        owner=given.owner,
        name=given.name,
        components=given.components,
        barcode=given.barcode,
        valid=given.valid,
        message=message,
    )


def price_shares(components: Sequence[Component], skus: Mapping[str, Sku]) -> list[int]:
    """In which proportion the parts bear the bundle's price: pieces times price.

    The bundle's own prices where it tells any (a part without one is then a gift), else the SKUs'
    retail prices where every part has one, else the pieces alone.
    """
    told = [each.price for each in components]
    if not any(told):
        told = [skus[each.sku].retail_price for each in components]
        if not all(told):
            return [each.quantity for each in components]
    return [(price or 0) * each.quantity for price, each in zip(told, components, strict=True)]
