"""What product systems send of bundles: bytes of JSON to inputs of the catalog.

Bundles, 1 to 500 in a request, of 1 to 50 parts; left out may be `barcode` (""), `valid` (true) and
a part's `price`, in whose proportion the bundle's price is split (the SKU's retail price)::

    {"bundles": [{"id": "B-9", "code": "GIFT-1", "owner": "ACME", "name": "Tea and cup",
                  "barcode": "6901234567908", "valid": true,
                  "components": [{"sku": "TEA-100", "quantity": 2, "price": "30.00"},
                                 {"sku": "CUP", "quantity": 1, "price": "20.00"}]}]}

`id` is the identity in the sending system; a field that isn't named here is refused.
"""

from __future__ import annotations

import msgspec

from chalicelib.catalog.intake import MOST_IN_REQUEST, read_price
from chalicelib.catalog.model import BundleInput, Component
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)

MOST_COMPONENTS = 50
MOST_OF_COMPONENT = 1_000


class _Component(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    sku: str
    quantity: int
    price: str | None = None


class _Bundle(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    code: str
    owner: str
    name: str
    components: list[_Component]
    barcode: str = ""
    valid: bool = True


class _Bundles(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    bundles: list[_Bundle]


def read_bundles(body: bytes) -> tuple[BundleInput, ...]:
    """The bundles of a request; refused as `read_skus` does."""
    bundles = read_json(body, _Bundles).bundles
    check_count(len(bundles), field="bundles", most=MOST_IN_REQUEST)
    return tuple(_bundle(each, f"bundles[{at}]") for at, each in enumerate(bundles))


def _bundle(bundle: _Bundle, place: str) -> BundleInput:
    check_text(bundle.id, field=f"{place}.id", least=1, most=100)
    check_code(bundle.code, field=f"{place}.code")
    check_code(bundle.owner, field=f"{place}.owner")
    check_text(bundle.name, field=f"{place}.name", least=1)
    check_text(bundle.barcode, field=f"{place}.barcode", most=50)
    check_count(len(bundle.components), field=f"{place}.components", most=MOST_COMPONENTS)
    seen: set[str] = set()
    components = []
    for at, each in enumerate(bundle.components):
        part = f"{place}.components[{at}]"
        check_code(each.sku, field=f"{part}.sku")
        if each.sku in seen:
            raise Refused("repeated_component", "a part stands once", field=f"{part}.sku")
        seen.add(each.sku)
        check_range(each.quantity, field=f"{part}.quantity", least=1, most=MOST_OF_COMPONENT)
        price = read_price(each.price, f"{part}.price")
        components.append(Component(sku=each.sku, quantity=each.quantity, price=price))
    return BundleInput(
        id=bundle.id,
        code=bundle.code,
        owner=bundle.owner,
        name=bundle.name,
        components=tuple(components),
        barcode=bundle.barcode,
        valid=bundle.valid,
    )
