"""Suppliers, shops and warehouses to a WMS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import partners
from chalicelib.warehouse.documents.outgoing.partners import (
    ShopSync,
    SupplierSync,
    WarehouseInfo,
    WarehouseInfoQuery,
    WarehouseInfoSync,
)
from tests.warehouse.codec.wire import answered, wire, xml

SUPPLIER = SupplierSync(
    warehouse_code="WH1",
    owner_code="O1",
    update=False,
    supplier_code="S1",
    supplier_name="茶园",
    contact="李四",
    phone="0571-1",
    address="龙井村",
)
WAREHOUSE = WarehouseInfo(
    warehouse_code="WH1",
    warehouse_name="东仓",
    address="仓前路 1 号",
    contact="王五",
    phone="0571-2",
    mobile="13900000000",
    status="1",
)


def test_a_supplier_stands_at_the_root() -> None:
    assert wire(partners.write_supplier(SUPPLIER)) == xml(
        """<request>
        <actionType>add</actionType>
        <warehouseCode>WH1</warehouseCode>
        <ownerCode>O1</ownerCode>
        <supplierCode>S1</supplierCode>
        <supplierName>茶园</supplierName>
        <contact>李四</contact>
        <tel>0571-1</tel>
        <address>龙井村</address>
        <isValid>Y</isValid>
        </request>"""
    )


def test_a_supplier_needs_its_code_and_name() -> None:
    for field, element in (("supplier_code", "supplierCode"), ("supplier_name", "supplierName")):
        with pytest.raises(Refused) as caught:
            partners.write_supplier(replace(SUPPLIER, **{field: ""}))
        assert (caught.value.code, caught.value.field) == ("missing_element", element)


def test_a_shop_with_every_field() -> None:
    shop = ShopSync(
        warehouse_code="WH1",
        owner_code="O1",
        update=True,
        shop_code="SH1",
        platform_code="TM",
        shop_name="茶铺",
        platform_shop_code="T9",
        platform_shop_name="茶铺旗舰店",
        address="杭州",
    )
    assert wire(partners.write_shop(shop)) == xml(
        """<request>
        <actionType>update</actionType>
        <shop>
          <sourcePlatformCode>TM</sourcePlatformCode>
          <ownerCode>O1</ownerCode>
          <warehouseCode>WH1</warehouseCode>
          <shopCode>SH1</shopCode>
          <shopName>茶铺</shopName>
          <platformShopCode>T9</platformShopCode>
          <platformShopName>茶铺旗舰店</platformShopName>
          <shopAddress>杭州</shopAddress>
        </shop>
        </request>"""
    )


def test_warehouses_are_written_one_element_each() -> None:
    sync = WarehouseInfoSync(
        update=True,
        owner_code="O1",
        warehouses=(WAREHOUSE, WarehouseInfo(warehouse_code="WH2")),
    )
    assert wire(partners.write_warehouses(sync)) == xml(
        """<request>
        <actionType>update</actionType>
        <ownerCode>O1</ownerCode>
        <warehouseInfos>
          <warehouseCode>WH1</warehouseCode><warehouseName>东仓</warehouseName>
          <address>仓前路 1 号</address><name>王五</name><tel>0571-2</tel>
          <mobile>13900000000</mobile><status>1</status>
        </warehouseInfos>
        <warehouseInfos><warehouseCode>WH2</warehouseCode></warehouseInfos>
        </request>"""
    )


def test_warehouses_are_asked_for() -> None:
    query = WarehouseInfoQuery(owner_code="O1")
    assert wire(partners.write_warehouses_query(query)) == (
        "<request><ownerCode>O1</ownerCode></request>"
    )


_ONE = """<warehouseCode>WH1</warehouseCode><warehouseName>东仓</warehouseName>
    <address>仓前路 1 号</address><name>王五</name><tel>0571-2</tel>
    <mobile>13900000000</mobile><status>1</status>"""


@pytest.mark.parametrize(
    "told",
    [
        f"<warehouseInfos>{_ONE}</warehouseInfos>",
        f"<warehouseInfos><warehouseInfo>{_ONE}</warehouseInfo></warehouseInfos>",
    ],
)
def test_warehouses_are_read_whether_the_element_repeats_or_wraps(told: str) -> None:
    answer = partners.read_warehouses_query(answered(f"{told}<region>east</region>"))
    assert answer.warehouses == (WAREHOUSE,)
    assert answer.rest == (("region", "east"),)


def test_people_stay_out_of_what_could_be_logged() -> None:
    shown = repr((SUPPLIER, WAREHOUSE))
    for secret in ("李四", "0571-1", "龙井村", "王五", "13900000000", "仓前路"):
        assert secret not in shown
