"""From what the caller said to an order: checked against the catalog, amounts apportioned once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.catalog.model import Bundle, Shop, Sku
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import apportion, format_fen
from chalicelib.kernel.provenance import Source
from chalicelib.orders.bundling import with_parts
from chalicelib.orders.intake import LineInput, OrderInput
from chalicelib.orders.model import Order, OrderLine, Region


def draft_order(
    given: OrderInput,
    *,
    no: str,
    shop: Shop,
    skus: Mapping[str, Sku],
    bundles: Mapping[str, Bundle],
    message: Source,
    at: datetime,
) -> Order:
    """The order, or a `Refused` that names the field: an unknown or invalid SKU, another owner's,
    a discount larger than what it is on, a declared total that isn't the sum.

    The order's discount goes to lines by what is payable on them, and no further; freight by the
    same weights, or evenly where nothing is payable. A bundle's line gets its share first, and
    then becomes lines of its parts (`bundling`); `skus` has these too.
    """
    _check_skus(given, shop, skus, bundles)
    amounts = [line.unit_price * line.quantity for line in given.lines]
    weights = [
        _after_discount(line, amount, position)
        for position, (line, amount) in enumerate(zip(given.lines, amounts, strict=True))
    ]
    if given.order_discount > sum(weights):
        raise Refused(
            "discount_too_large", "the discount is above the goods", field="order_discount"
        )
    discounts = apportion(given.order_discount, weights, caps=weights)
    freights = apportion(given.freight, weights)
    sold = [
        _line(
            position,
            line,
            skus.get(line.sku),
            order_discount=discounts[position],
            freight=freights[position],
        )
        for position, line in enumerate(given.lines)
    ]
    lines = with_parts(sold, bundles, skus)
    payable = sum(weights) - given.order_discount + given.freight
    if payable != given.payable:
        raise Refused(
            "amounts_differ",
            f"goods less discounts plus freight are {format_fen(payable)}",
            field="payable",
        )
    person = given.person
    return Order(
        no=no,
        shop=shop.code,
        channel=shop.channel,
        owner=shop.owner,
        channel_order_id=given.channel_order_id,
        currency=given.currency,
        placed_at=given.placed_at,
        paid_at=given.paid_at,
        lines=lines,
        goods_amount=sum(amounts),
        discount=sum(line.discount for line in given.lines),
        order_discount=given.order_discount,
        freight=given.freight,
        payable=payable,
        region=Region(province=person.province, city=person.city, district=person.district),
        invoice_request=given.invoice,
        created_at=at,
        message=message,
        content_digest=given.digest(),
        buyer_remarked=bool(given.person.buyer_remark),
    )


def _check_skus(
    given: OrderInput, shop: Shop, skus: Mapping[str, Sku], bundles: Mapping[str, Bundle]
) -> None:
    for position, line in enumerate(given.lines):
        field = f"lines[{position}].sku"
        bundle = bundles.get(line.sku)
        sold: list[Sku | Bundle | None] = [bundle or skus.get(line.sku)]
        if bundle is not None:
            sold += [skus.get(each.sku) for each in bundle.components]
        for each in sold:
            # Another owner's SKU is answered as if it weren't there.
            if each is None or each.owner != shop.owner:
                raise Refused("unknown_sku", "there is no such SKU", field=field)
            if not each.valid:
                raise Refused("invalid_sku", "this SKU is no longer sold", field=field)


def _after_discount(line: LineInput, amount: int, position: int) -> int:
    if line.discount > amount:
        raise Refused(
            "discount_too_large",
            "the discount is above the line's amount",
            field=f"lines[{position}].discount",
        )
    return amount - line.discount


def _line(
    position: int, line: LineInput, sku: Sku | None, *, order_discount: int, freight: int
) -> OrderLine:
    """A line as it was sold; of a bundle there is no SKU, and its parts have the tax."""
    amount = line.unit_price * line.quantity
    return OrderLine(
        line_no=position + 1,
        channel_line_id=line.channel_line_id,
        sku=line.sku,
        name=line.name or (sku.name if sku else ""),
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=amount,
        discount=line.discount,
        order_discount=order_discount,
        freight=freight,
        payable=amount - line.discount - order_discount,
        tax_rate_percent=sku.tax_rate_percent if sku else 0,
        tax_code=sku.tax_code if sku else "",
    )
