"""Bundles in orders: sold as one, shipped as parts. Pure.

A sold line of a bundle becomes a line for each of its parts, when the order is taken in and never
later: stock, warehouses and invoices see SKUs only. Every amount of the sold line is split by the
parts' shares of the price (`catalog.model.price_shares`), by largest remainder, so that in every
column the parts add up to what was sold, to the fen. A discount stays within what a part costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.catalog.model import Bundle, Sku, price_shares
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import apportion, divide_half_up
from chalicelib.orders.intake import MOST_LINES, MOST_PIECES
from chalicelib.orders.model import OrderLine, PartOf


def with_parts(
    sold: Sequence[OrderLine], bundles: Mapping[str, Bundle], skus: Mapping[str, Sku]
) -> tuple[OrderLine, ...]:
    """The lines to be shipped, numbered from 1. `Refused` where they are too many, or a line has
    too many pieces.
    """
    lines: list[OrderLine] = []
    for line in sold:
        bundle = bundles.get(line.sku)
        lines += [line] if bundle is None else _parts(line, bundle, skus)
    if len(lines) > MOST_LINES:
        raise Refused("too_many_lines", f"at most {MOST_LINES} with all parts", field="lines")
    return tuple(replace(line, line_no=number) for number, line in enumerate(lines, start=1))


def _parts(line: OrderLine, bundle: Bundle, skus: Mapping[str, Sku]) -> list[OrderLine]:
    components = bundle.components
    amounts = apportion(line.amount, price_shares(components, skus))
    discounts = apportion(line.discount, amounts, caps=amounts)
    left = [amount - less for amount, less in zip(amounts, discounts, strict=True)]
    order_discounts = apportion(line.order_discount, left, caps=left)
    freights = apportion(line.freight, left)
    parts = []
    for at, component in enumerate(components):
        quantity, sku = line.quantity * component.quantity, skus[component.sku]
        if quantity > MOST_PIECES:
            place = f"lines[{line.line_no - 1}].quantity"
            raise Refused("too_many_pieces", f"at most {MOST_PIECES} of a part", field=place)
        parts.append(
            OrderLine(
                line_no=line.line_no,
                channel_line_id=line.channel_line_id,
                sku=sku.code,
                name=sku.name,
                quantity=quantity,
                unit_price=divide_half_up(amounts[at], quantity),
                amount=amounts[at],
                discount=discounts[at],
                order_discount=order_discounts[at],
                freight=freights[at],
                payable=left[at] - order_discounts[at],
                tax_rate_percent=sku.tax_rate_percent,
                tax_code=sku.tax_code,
                bundle=PartOf(code=bundle.code, version=bundle.version, quantity=line.quantity),
            )
        )
    return parts
