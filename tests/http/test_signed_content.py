"""Documents that can be read but not taken, rightly signed: each refused with its code and
field.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.documents import as_json, order, purchase, sku, supplier
from tests.http.refusing import refused
from tests.http.world import Site


@pytest.fixture
def site(lasting_site: Site) -> Site:
    return lasting_site


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [order()["lines"][0] | changes, order()["lines"][1]]}


def receiver(**changes: Any) -> dict[str, Any]:
    return {"receiver": order()["receiver"] | changes}


ORDERS: dict[str, tuple[dict[str, Any], int, str, str | None]] = {
    # case: (what is changed, status, code, field)
    "an unknown SKU": (line(sku="NONE"), 422, "unknown_sku", "lines[0].sku"),
    "a SKU that is no code": (line(sku="../x"), 422, "unknown_sku", "lines[0].sku"),
    "no SKU": (line(sku=""), 400, "malformed_field", "lines[0].sku"),
    "no lines": ({"lines": []}, 400, "no_lines", "lines"),
    "501 lines": (
        {"lines": [order()["lines"][1] | {"channel_line_id": str(n)} for n in range(501)]},
        400,
        "too_many_lines",
        "lines",
    ),
    "two lines of one id": (
        line(channel_line_id="L2"),
        400,
        "duplicate_line",
        "lines[1].channel_line_id",
    ),
    "quantity 0": (line(quantity=0), 400, "malformed_quantity", "lines[0].quantity"),
    "quantity -1": (line(quantity=-1), 400, "malformed_quantity", "lines[0].quantity"),
    "a million and one": (
        line(quantity=1_000_001),
        400,
        "malformed_quantity",
        "lines[0].quantity",
    ),
    "2^63": (line(quantity=2**63), 400, "malformed_quantity", "lines[0].quantity"),
    "10^400": (line(quantity=10**400), 400, "malformed_quantity", "lines[0].quantity"),
    "one and a half": (line(quantity=1.5), 400, "malformed_field", "lines[0].quantity"),
    "a quantity of 2.0": (line(quantity=2.0), 400, "malformed_field", "lines[0].quantity"),
    "a quantity as text": (line(quantity="2"), 400, "malformed_field", "lines[0].quantity"),
    "a quantity of true": (line(quantity=True), 400, "malformed_field", "lines[0].quantity"),
    "no quantity": (line(quantity=None), 400, "malformed_field", "lines[0].quantity"),
    "money as float": ({"payable": 124.0}, 400, "malformed_field", "payable"),
    "money as a whole number": (line(unit_price=59), 400, "malformed_field", "lines[0].unit_price"),
    "a tenth of a fen": (
        line(unit_price="59.001"),
        400,
        "malformed_amount",
        "lines[0].unit_price",
    ),
    "money with an exponent": ({"payable": "1e2"}, 400, "malformed_amount", "payable"),
    "money that is no number": ({"payable": "NaN"}, 400, "malformed_amount", "payable"),
    "digits of another script": ({"payable": "١٢٤"}, 400, "malformed_amount", "payable"),
    "too much money": ({"payable": "9" * 40}, 400, "malformed_amount", "payable"),
    "a negative price": (line(unit_price="-1"), 400, "negative_amount", "lines[0].unit_price"),
    "minus zero": ({"freight": "-0.00"}, 400, "negative_amount", "freight"),
    "amounts that don't add up": ({"payable": "124.01"}, 422, "amounts_differ", "payable"),
    "a discount above the price": (
        line(discount="118.01"),
        422,
        "discount_too_large",
        "lines[0].discount",
    ),
    "a 19-digit id as number": (
        {"channel_order_id": 6712345678901234567},
        400,
        "malformed_field",
        "channel_order_id",
    ),
    "an id of 51 characters": (
        {"channel_order_id": "1" * 51},
        400,
        "malformed_field",
        "channel_order_id",
    ),
    "an unknown currency": ({"currency": "USD"}, 422, "unknown_currency", "currency"),
    "a time without offset": (
        {"placed_at": "2026-11-22T09:10:00"},
        400,
        "malformed_time",
        "placed_at",
    ),
    "a day that isn't": (
        {"paid_at": "2026-02-30T09:10:00+08:00"},
        400,
        "malformed_time",
        "paid_at",
    ),
    "no receiver": ({"receiver": None}, 400, "malformed_field", "receiver"),
    "a receiver without a name": (receiver(name=""), 400, "malformed_field", "receiver.name"),
    "a name of 201 characters": (
        receiver(name="张" * 201),
        400,
        "malformed_field",
        "receiver.name",
    ),
    "NUL in a name": (receiver(name="张\x00三"), 400, "unwritable_text", "receiver.name"),
    "a bell in an address": (
        receiver(address="路\x07"),
        400,
        "unwritable_text",
        "receiver.address",
    ),
    "what isn't a character": (
        {"buyer": {"remark": "\uffff"}},
        400,
        "unwritable_text",
        "buyer.remark",
    ),
    "a remark of 501 characters": (
        {"buyer": {"remark": "谢" * 501}},
        400,
        "malformed_field",
        "buyer.remark",
    ),
    "an unknown kind of invoice": (
        {"invoice": {"kind": "NONE", "title": "x"}},
        400,
        "unknown_invoice_kind",
        "invoice.kind",
    ),
    "a company without its tax number": (
        {"invoice": {"kind": "COMPANY", "title": "x"}},
        422,
        "missing_tax_no",
        "invoice.tax_no",
    ),
}


@pytest.mark.parametrize("case", ORDERS)
def test_an_order_that_cant_be_is_refused_with_its_field(site: Site, case: str) -> None:
    changes, status, code, field = ORDERS[case]
    assert refused(site, "/v1/orders", as_json(order(**changes)), status) == (code, field)


@pytest.mark.parametrize("name", sorted(set(order()) - {"order_discount", "freight"}))
def test_an_order_without_a_field_that_it_needs_is_refused(site: Site, name: str) -> None:
    if name in ("buyer", "invoice"):
        return
    body = {key: value for key, value in order().items() if key != name}
    assert refused(site, "/v1/orders", as_json(body), 400) == ("missing_field", name)


SKUS: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "a 19-digit id as number": (
        {"id": 6712345678901234567},
        400,
        "malformed_field",
        "skus[0].id",
    ),
    "a code that is none": ({"code": "a/b"}, 422, "malformed_code", "skus[0].code"),
    "a code of 51 characters": ({"code": "A" * 51}, 422, "malformed_code", "skus[0].code"),
    "a blank name": ({"name": " "}, 422, "text_length", "skus[0].name"),
    "a name of 201 characters": ({"name": "茶" * 201}, 422, "text_length", "skus[0].name"),
    "NUL in a name": ({"name": "a\x00b"}, 400, "unwritable_text", "skus[0].name"),
    "a weight of 1.5": ({"weight_grams": 1.5}, 400, "malformed_field", "skus[0].weight_grams"),
    "a negative weight": ({"weight_grams": -1}, 422, "out_of_range", "skus[0].weight_grams"),
    "a rate of 101": (
        {"tax_rate_percent": 101},
        422,
        "out_of_range",
        "skus[0].tax_rate_percent",
    ),
    "a tax code of letters": ({"tax_code": "A"}, 422, "malformed_tax_code", "skus[0].tax_code"),
    "valid as text": ({"valid": "yes"}, 400, "malformed_field", "skus[0].valid"),
}


@pytest.mark.parametrize("case", SKUS)
def test_a_sku_that_cant_be_refuses_the_whole_request(site: Site, case: str) -> None:
    changes, status, code, field = SKUS[case]
    body = as_json({"skus": [sku(**changes), sku("GOOD")]})
    assert refused(site, "/v1/skus", body, status) == (code, field)


def test_a_sku_under_the_code_of_another_is_refused_in_its_result(site: Site) -> None:
    body = as_json({"skus": [sku(id="OTHER")]})
    answer = site.changes_nothing(lambda: site.post("/v1/skus", body))
    assert answer.status_code == 422
    (result,) = answer.json_body["results"]
    assert (result["outcome"], result["error"], result["field"]) == (
        "refused",
        "code_taken",
        "code",
    )
    assert site.raw(answer.headers["oms-message-id"]) == body


SUPPLIERS: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "an id as number": ({"id": 1}, 400, "malformed_field", "suppliers[0].id"),
    "a code that is none": ({"code": ""}, 422, "malformed_code", "suppliers[0].code"),
    "half a surrogate in a name": ({"name": "\udfff"}, 400, "malformed_json", ""),
    "a bell in a contact": (
        {"contact": "a\x07"},
        400,
        "unwritable_text",
        "suppliers[0].contact",
    ),
    "a phone of 51 characters": ({"phone": "1" * 51}, 422, "text_length", "suppliers[0].phone"),
}


@pytest.mark.parametrize("case", SUPPLIERS)
def test_a_supplier_that_cant_be_is_refused(site: Site, case: str) -> None:
    changes, status, code, field = SUPPLIERS[case]
    body = as_json({"suppliers": [supplier(**changes)]}, escaped="surrogate" in case)
    assert refused(site, "/v1/suppliers", body, status) == (code, field or None)


def bought(**changes: Any) -> dict[str, Any]:
    return {"lines": [purchase()["lines"][0] | changes]}


PURCHASES: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "a 19-digit id as number": ({"id": 6712345678901234567}, 400, "malformed_field", "id"),
    "an unknown SKU": (bought(sku="NONE"), 422, "unknown_sku", "lines[0].sku"),
    "an unknown supplier": ({"supplier": "NONE"}, 422, "unknown_supplier", "supplier"),
    "an unknown warehouse": ({"warehouse": "NONE"}, 422, "unknown_warehouse", "warehouse"),
    "another owner": ({"owner": "OTHER"}, 422, "other_owner", "lines[0].sku"),
    "quantity 0": (bought(quantity=0), 422, "out_of_range", "lines[0].quantity"),
    "quantity -1": (bought(quantity=-1), 422, "out_of_range", "lines[0].quantity"),
    "2^63": (bought(quantity=2**63), 422, "out_of_range", "lines[0].quantity"),
    "one and a half": (bought(quantity=1.5), 400, "malformed_field", "lines[0].quantity"),
    "a price as float": (bought(price=12.5), 400, "malformed_field", "lines[0].price"),
    "a price of five decimals": (
        bought(price="12.34567"),
        400,
        "malformed_amount",
        "lines[0].price",
    ),
    "a negative price": (bought(price="-1"), 422, "negative_price", "lines[0].price"),
    "a rate of -1": (
        bought(tax_rate_percent=-1),
        422,
        "out_of_range",
        "lines[0].tax_rate_percent",
    ),
    "no lines": ({"lines": []}, 422, "too_many_or_none", "lines"),
    "a line twice": (
        {"lines": purchase()["lines"] * 2},
        422,
        "line_repeated",
        "lines[1].line_no",
    ),
    "an unknown currency": ({"currency": "USD"}, 422, "unknown_currency", "currency"),
    "a time without offset": (
        {"expected_from": "2026-11-23T09:00:00"},
        400,
        "malformed_field",
        "expected_from",
    ),
    "ends before it begins": (
        {"expected_from": "2026-11-23T09:00:00Z", "expected_to": "2026-11-22T09:00:00Z"},
        422,
        "times_reversed",
        "expected_to",
    ),
}


@pytest.mark.parametrize("case", PURCHASES)
def test_a_purchase_order_that_cant_be_is_refused_with_its_field(site: Site, case: str) -> None:
    changes, status, code, field = PURCHASES[case]
    body = as_json(purchase(**changes))
    assert refused(site, "/v1/purchase-orders", body, status) == (code, field)


def test_the_same_purchase_order_with_other_content_is_a_conflict(site: Site) -> None:
    assert site.post("/v1/purchase-orders", purchase(id="PO-2")).status_code == 201
    body = as_json(purchase(id="PO-2", warehouse="WH-SOUTH"))
    code, _ = refused(site, "/v1/purchase-orders", body, 409)
    assert code == "other_content"
