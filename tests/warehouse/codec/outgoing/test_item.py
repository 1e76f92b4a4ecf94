"""SKUs to a WMS: every field, its units and its limits; what a WMS answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import item
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.item import (
    FailedItem,
    Item,
    ItemQuery,
    ItemsSync,
    ItemSync,
    KnownItem,
)
from tests.warehouse.codec.wire import answered, wire, xml

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PLAIN = ItemSync(
    warehouse_code="WH1",
    owner_code="O1",
    update=False,
    item_code="A",
    item_name="绿茶",
    bar_code="690;691",
    item_type="ZC",
)
FULL = ItemSync(
    warehouse_code="WH1",
    owner_code="O1",
    update=True,
    supplier_code="S1",
    supplier_name="茶园",
    item_code="A",
    item_id="I1",
    item_name="绿茶",
    bar_code="690",
    item_type="ZC",
    goods_code="G1",
    short_name="茶",
    english_name="green tea",
    title="明前绿茶",
    unit="盒",
    specification="250g",
    color="绿",
    size="M",
    category_code="C1",
    category="茶叶",
    season_code="SP",
    season="春",
    brand_code="B1",
    brand="山间",
    origin="浙江",
    approval_number="SC1",
    length_mm=123,
    width_mm=80,
    height_mm=5,
    volume_ml=1250,
    weight_grams=260,
    net_weight_grams=250,
    package_code="P1",
    pieces="12",
    packaging="纸盒",
    pricing_category="PC",
    tag_price=9900,
    retail_price=8850,
    cost_price=4005,
    purchase_price=3999,
    channel_code="CH",
    logistics_type="0",
    safety_stock=20,
    serial_numbers=False,
    shelf_life=True,
    shelf_life_hours=8760,
    reject_days=180,
    lockup_days=30,
    advent_days=60,
    product_date=date(2026, 4, 1),
    expire_date=date(2027, 4, 1),
    batches=True,
    batch_code="L1",
    batch_remark="头采",
    fragile=False,
    hazardous=False,
    liquid=False,
    valid=False,
    is_sku=True,
    created_at=AT,
    updated_at=AT,
    remark="轻放",
)


def test_a_sku_with_what_is_needed_only() -> None:
    assert wire(item.write_synchronize(PLAIN)) == xml(
        """<request>
        <actionType>add</actionType>
        <warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode>
        <item>
          <itemCode>A</itemCode>
          <itemName>绿茶</itemName>
          <barCode>690;691</barCode>
          <itemType>ZC</itemType>
          <isValid>Y</isValid>
          <isSku>Y</isSku>
        </item>
        </request>"""
    )


def test_a_sku_with_every_field_in_the_units_of_the_wire() -> None:
    """Centimetres with two decimals, litres and kilograms with three, yuan with two."""
    assert wire(item.write_synchronize(FULL)) == xml(
        """<request>
        <actionType>update</actionType>
        <warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode>
        <supplierCode>S1</supplierCode>
        <supplierName>茶园</supplierName>
        <item>
          <itemCode>A</itemCode>
          <itemId>I1</itemId>
          <itemName>绿茶</itemName>
          <barCode>690</barCode>
          <itemType>ZC</itemType>
          <goodsCode>G1</goodsCode>
          <shortName>茶</shortName>
          <englishName>green tea</englishName>
          <title>明前绿茶</title>
          <stockUnit>盒</stockUnit>
          <skuProperty>250g</skuProperty>
          <color>绿</color>
          <size>M</size>
          <categoryId>C1</categoryId>
          <categoryName>茶叶</categoryName>
          <seasonCode>SP</seasonCode>
          <seasonName>春</seasonName>
          <brandCode>B1</brandCode>
          <brandName>山间</brandName>
          <originAddress>浙江</originAddress>
          <approvalNumber>SC1</approvalNumber>
          <length>12.30</length>
          <width>8.00</width>
          <height>0.50</height>
          <volume>1.250</volume>
          <grossWeight>0.260</grossWeight>
          <netWeight>0.250</netWeight>
          <packCode>P1</packCode>
          <pcs>12</pcs>
          <packageMaterial>纸盒</packageMaterial>
          <pricingCategory>PC</pricingCategory>
          <tagPrice>99.00</tagPrice>
          <retailPrice>88.50</retailPrice>
          <costPrice>40.05</costPrice>
          <purchasePrice>39.99</purchasePrice>
          <channelCode>CH</channelCode>
          <logisticsType>0</logisticsType>
          <safetyStock>20</safetyStock>
          <isSNMgmt>N</isSNMgmt>
          <isShelfLifeMgmt>Y</isShelfLifeMgmt>
          <shelfLife>8760</shelfLife>
          <rejectLifecycle>180</rejectLifecycle>
          <lockupLifecycle>30</lockupLifecycle>
          <adventLifecycle>60</adventLifecycle>
          <productDate>2026-04-01</productDate>
          <expireDate>2027-04-01</expireDate>
          <isBatchMgmt>Y</isBatchMgmt>
          <batchCode>L1</batchCode>
          <batchRemark>头采</batchRemark>
          <isFragile>N</isFragile>
          <isHazardous>N</isHazardous>
          <isLiquid>N</isLiquid>
          <isValid>N</isValid>
          <isSku>Y</isSku>
          <createTime>2026-11-22 09:30:00</createTime>
          <updateTime>2026-11-22 09:30:00</updateTime>
          <remark>轻放</remark>
        </item>
        </request>"""
    )


@pytest.mark.parametrize(
    ("field", "element"),
    [
        ("item_code", "itemCode"),
        ("item_name", "itemName"),
        ("bar_code", "barCode"),
        ("item_type", "itemType"),
        ("owner_code", "ownerCode"),
        ("warehouse_code", "warehouseCode"),
    ],
)
@pytest.mark.parametrize("nothing", ["", "  "])
def test_what_the_protocol_asks_for_has_to_be_there(field: str, element: str, nothing: str) -> None:
    lacking = replace(PLAIN, **{field: nothing})
    with pytest.raises(Refused) as caught:
        item.write_synchronize(lacking)
    assert (caught.value.code, caught.value.field) == ("missing_element", element)


@pytest.mark.parametrize(
    ("field", "length", "element"),
    [("item_code", 51, "itemCode"), ("color", 51, "color"), ("bar_code", 501, "barCode")],
)
def test_a_code_that_is_too_long_cant_be_said(field: str, length: int, element: str) -> None:
    long = replace(PLAIN, **{field: "A" * length})
    with pytest.raises(Refused) as caught:
        item.write_synchronize(long)
    assert (caught.value.code, caught.value.field) == ("code_too_long", element)


@pytest.mark.parametrize(
    ("field", "element"),
    [("length_mm", "length"), ("volume_ml", "volume"), ("weight_grams", "grossWeight")],
)
def test_a_negative_measure_is_refused(field: str, element: str) -> None:
    wrong = replace(PLAIN, **{field: -1})
    with pytest.raises(Refused) as caught:
        item.write_synchronize(wrong)
    assert (caught.value.code, caught.value.field) == ("negative_quantity", element)


def test_names_are_cut_and_characters_xml_cant_carry_are_dropped() -> None:
    said = wire(item.write_synchronize(replace(PLAIN, item_name="茶\x00\ud800" + "长" * 300)))
    assert f"<itemName>茶{'长' * 197}</itemName>" in said


def test_an_unknown_item_type_is_sent_as_it_is() -> None:
    assert "<itemType>BXX</itemType>" in wire(
        item.write_synchronize(replace(PLAIN, item_type="BXX"))
    )


def test_several_skus_at_once() -> None:
    each = Item(item_code="A", item_name="茶", bar_code="1", item_type="ZC")
    batch = ItemsSync(
        warehouse_code="WH1",
        owner_code="O1",
        update=True,
        items=(each, replace(each, item_code="B")),
    )
    assert wire(item.write_synchronize_many(batch)) == xml(
        """<request>
        <actionType>update</actionType>
        <warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode>
        <items>
          <item>
            <itemCode>A</itemCode><itemName>茶</itemName><barCode>1</barCode>
            <itemType>ZC</itemType><isValid>Y</isValid><isSku>Y</isSku>
          </item>
          <item>
            <itemCode>B</itemCode><itemName>茶</itemName><barCode>1</barCode>
            <itemType>ZC</itemType><isValid>Y</isValid><isSku>Y</isSku>
          </item>
        </items>
        </request>"""
    )


def test_the_items_of_an_answer_are_those_that_failed_even_beside_success() -> None:
    told = item.read_synchronize_many(
        answered("<items><item><itemCode>B</itemCode><message>条码重复</message></item></items>")
    )
    assert told.answer == Answer(success=True)
    assert told.failed == (
        FailedItem(item_code="B", message="条码重复", path="/response/items/item[1]"),
    )
    assert item.read_synchronize_many(answered("")).failed == ()


def test_an_item_is_asked_for_by_both_its_names() -> None:
    asked = ItemQuery(owner_code="O1", item_code="A", item_id="I1")
    assert wire(item.write_query(asked)) == xml(
        """<request><ownerCode>O1</ownerCode><itemCode>A</itemCode><itemId>I1</itemId></request>"""
    )


def test_an_item_that_the_wms_knows_is_read_and_what_isnt_read_is_kept() -> None:
    told = item.read_query(
        answered(
            """<item><itemCode>A</itemCode><itemId>I1</itemId><itemName>绿茶</itemName>
            <barCode>690</barCode><itemType>BXX</itemType><stockUnit>盒</stockUnit>
            <isValid>否</isValid><shelf>A-01</shelf></item>"""
        )
    )
    assert told.item == KnownItem(
        item_code="A",
        item_id="I1",
        item_name="绿茶",
        bar_code="690",
        item_type="BXX",
        unit="盒",
        valid=None,
        rest=(("shelf", "A-01"),),
    )
    assert item.read_query(answered("")).item is None
