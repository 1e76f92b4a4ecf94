"""Requests of the product system, read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.intake import read_skus, read_suppliers
from chalicelib.catalog.model import SkuInput, SupplierInput
from chalicelib.kernel.errors import Malformed, Refused

SKU = {
    "id": "9007199254740993",
    "code": "TEA-100",
    "owner": "ACME",
    "name": "绿茶 100g",
    "barcode": "6901234567892",
    "tax_rate_percent": 13,
}


def body(**changes: Any) -> bytes:
    return json.dumps({"skus": [SKU, SKU | {"id": "2", "code": "B"} | changes]}).encode()


def test_a_sku_is_read_with_what_may_be_left_out() -> None:
    (sku,) = read_skus(json.dumps({"skus": [SKU]}, ensure_ascii=False).encode())

    assert sku == SkuInput(
        id="9007199254740993",
        code="TEA-100",
        owner="ACME",
        name="绿茶 100g",
        barcode="6901234567892",
        tax_rate_percent=13,
        item_type="ZC",
        weight_grams=0,
        valid=True,
    )


def test_a_whole_sku_is_read() -> None:
    whole = SKU | {
        "unit": "件",
        "category": "TEA",
        "specification": "100 g",
        "tax_code": "1030306000000000000",
        "weight_grams": 130,
        "valid": False,
        "item_type": "ZP",
    }

    (sku,) = read_skus(json.dumps({"skus": [whole]}).encode())

    assert sku == SkuInput(**whole)  # type: ignore[arg-type]  # a dict of mixed values


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"weight_grams": 1.5}, "malformed_field", "skus[1].weight_grams"),
        ({"weight_grams": 130.0}, "malformed_field", "skus[1].weight_grams"),
        ({"weight_grams": "130"}, "malformed_field", "skus[1].weight_grams"),
        ({"id": 9007199254740993}, "malformed_field", "skus[1].id"),
        ({"valid": "true"}, "malformed_field", "skus[1].valid"),
        ({"name": None}, "malformed_field", "skus[1].name"),
        ({"price": "1.00"}, "unknown_field", "skus[1].price"),
        ({"name": "a\x00b"}, "unwritable_text", "skus[1].name"),
    ],
)
def test_what_cannot_be_read_is_malformed_and_names_the_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read_skus(body(**changes))
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 400)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"weight_grams": -1}, "out_of_range", "skus[1].weight_grams"),
        ({"weight_grams": 10**30}, "out_of_range", "skus[1].weight_grams"),
        ({"tax_rate_percent": 101}, "out_of_range", "skus[1].tax_rate_percent"),
        ({"code": "a b"}, "malformed_code", "skus[1].code"),
        ({"code": "SKU#1"}, "malformed_code", "skus[1].code"),
        ({"owner": ""}, "malformed_code", "skus[1].owner"),
        ({"id": ""}, "text_length", "skus[1].id"),
        ({"name": "x" * 201}, "text_length", "skus[1].name"),
        ({"name": "  "}, "text_length", "skus[1].name"),
        ({"barcode": ""}, "text_length", "skus[1].barcode"),
        ({"tax_code": "１２３"}, "malformed_tax_code", "skus[1].tax_code"),
    ],
)
def test_what_cannot_be_is_refused_and_names_the_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        read_skus(body(**changes))
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 422)


def test_a_missing_field_is_named() -> None:
    without = {name: value for name, value in SKU.items() if name != "barcode"}

    with pytest.raises(Malformed) as refused:
        read_skus(json.dumps({"skus": [without]}).encode())

    assert (refused.value.code, refused.value.field) == ("missing_field", "skus[0].barcode")


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"null", b"[]", b'{"skus":{}}', b"\xff", b'{"skus":"\xff"}', b'{"skus":[]} x']
    + [b'{"skus":' + b"[" * 100_000, b'{"skus":[{"id":"\\ud800"}]}'],
)
def test_a_body_that_is_no_such_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_skus(raw)


@pytest.mark.parametrize("count", [0, 501])
def test_none_or_more_than_five_hundred_in_a_request_are_refused(count: int) -> None:
    with pytest.raises(Refused) as refused:
        read_skus(json.dumps({"skus": [SKU] * count}).encode())
    assert (refused.value.code, refused.value.field) == ("too_many_or_none", "skus")


def test_suppliers_are_read() -> None:
    raw = json.dumps({"suppliers": [{"id": "S-77", "code": "SUP1", "name": "茶园"}]}).encode()

    assert read_suppliers(raw) == (SupplierInput(id="S-77", code="SUP1", name="茶园"),)


def test_a_wrong_supplier_names_its_field() -> None:
    raw = json.dumps(
        {"suppliers": [{"id": "1", "code": "S", "name": "n", "phone": "1" * 51}]}
    ).encode()

    with pytest.raises(Refused) as refused:
        read_suppliers(raw)

    assert refused.value.field == "suppliers[0].phone"


@given(st.binary(max_size=80))
def test_no_bytes_make_anything_but_a_refusal(raw: bytes) -> None:
    with pytest.raises(Refused):
        read_skus(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SKU, "skus", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(JSON, min_size=1, max_size=3))
def test_no_json_makes_anything_but_skus_or_a_refusal(content: list[Any]) -> None:
    try:
        assert read_skus(json.dumps({"skus": content}).encode())
    except Refused as refused:
        assert refused.field is None or refused.field.startswith("skus")
