"""deliveryorder.confirm, batchconfirm, batchcreate.answer and wavenum.report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.deliveryorder import (
    read_batch_confirm,
    read_batch_create,
    read_confirm,
    read_wave,
)
from chalicelib.warehouse.documents.incoming.deliveryorder import CreatedPart
from chalicelib.warehouse.documents.incoming.packages import (
    Invoice,
    InvoiceItem,
    Package,
    PackageMaterial,
    PackedItem,
)
from tests.warehouse.codec.incoming.message import request

HEADER = """<deliveryOrder><deliveryOrderCode>F-1</deliveryOrderCode>
  <deliveryOrderId>D-1</deliveryOrderId><warehouseCode>WH-E</warehouseCode>
  <orderType>JYCK</orderType><status>DELIVERED</status><outBizCode>M-1</outBizCode>
  <confirmType>0</confirmType><orderConfirmTime>2026-03-04 18:00:00</orderConfirmTime>
  <operateTime>2026-03-04 17:00:00</operateTime><operatorCode>u7</operatorCode>
  <operatorName>李雷</operatorName><storageFee>1.5</storageFee><invoices><invoice>
  <type>VINVOICE</type><header>韩梅梅</header><taxNumber>TX-1</taxNumber>
  <amount>88.00</amount><content>茶叶</content><code>033001</code><number>00412</number>
  <detail><items><item><itemName>绿茶</itemName><unit>盒</unit><price>44.00</price>
  <quantity>2</quantity><amount>88.00</amount></item></items></detail></invoice>
  </invoices><remark>急</remark><extendProps><lane>7</lane></extendProps>
  </deliveryOrder>"""
PACKAGES = """<packages><package><logisticsCode>SF-COLD</logisticsCode>
  <logisticsName>顺丰冷运</logisticsName><expressCode>SF900</expressCode>
  <packageCode>B-1</packageCode><length>30.5</length><width>20</width>
  <height>10.04</height><theoreticalWeight>1.2</theoreticalWeight><weight>1.234</weight>
  <volume>6.1</volume><invoiceNo>00412</invoiceNo><remark>易碎</remark><extendProps>
  <postage>0.0000</postage></extendProps><packageMaterialList><packageMaterial>
  <type>BOX-3</type><quantity>1</quantity></packageMaterial><packageMaterial>
  <type>TAPE</type></packageMaterial></packageMaterialList><items><item>
  <itemCode>TEA</itemCode><itemId>W-9</itemId><quantity>2</quantity></item><item>
  <itemCode>GIFT-CARD</itemCode><quantity>1</quantity></item></items></package><package>
  <expressCode>SF901</expressCode><weight>0.0000</weight><packageMaterialList/>
  </package></packages>"""
LINES = """<orderLines><orderLine><itemCode>TEA</itemCode><planQty>0</planQty>
  <actualQty>2</actualQty></orderLine></orderLines>"""


def test_a_shipment_is_read_whole() -> None:
    found = read_confirm(request(HEADER + PACKAGES + LINES))
    assert (found.code, found.wms_id, found.warehouse_code) == ("F-1", "D-1", "WH-E")
    assert (found.order_type, found.status, found.confirm_type) == ("JYCK", "DELIVERED", "0")
    assert (found.out_biz_code, found.final, found.path) == ("M-1", True, "/request")
    assert found.confirmed_at == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert found.operated_at == datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert (found.operator_code, found.operator_name, found.storage_fee) == ("u7", "李雷", 150)
    assert (found.remark, found.extend_props) == ("急", {"lane": "7"})
    assert found.invoices == (
        Invoice(
            kind="VINVOICE",
            code="033001",
            number="00412",
            amount=8800,
            content="茶叶",
            items=(InvoiceItem(name="绿茶", unit="盒", price=440000, quantity=2, amount=8800),),
            header="韩梅梅",
            tax_number="TX-1",
        ),
    )
    assert [(each.item_code, each.planned, each.actual) for each in found.lines] == [("TEA", 0, 2)]
    for secret in ("李雷", "韩梅梅", "TX-1", "急", "易碎"):
        assert secret not in repr(found)


def test_every_parcel_is_read_with_its_measures() -> None:
    first, second = read_confirm(request(HEADER + PACKAGES + LINES)).packages
    assert first == Package(
        code="B-1",
        waybill="SF900",
        carrier_code="SF-COLD",
        carrier_name="顺丰冷运",
        weight_grams=1234,
        items=(
            PackedItem(item_code="TEA", item_id="W-9", quantity=2),
            PackedItem(item_code="GIFT-CARD", item_id="", quantity=1),
        ),
        path="/request/packages/package[1]",
        theoretical_weight_grams=1200,
        length_mm=305,
        width_mm=200,
        height_mm=100,
        volume_ml=6100,
        invoice_no="00412",
        materials=(
            PackageMaterial(kind="BOX-3", quantity=1),
            PackageMaterial(kind="TAPE", quantity=None),
        ),
        remark="易碎",
        extend_props={"postage": "0.0000"},
    )
    assert first.contents == (("TEA", 2), ("GIFT-CARD", 1))
    assert (second.waybill, second.weight_grams, second.items, second.materials) == (
        "SF901",
        0,
        (),
        (),
    )


def test_without_a_time_of_confirmation_the_operation_counts() -> None:
    found = read_confirm(
        request(
            "<deliveryOrder><deliveryOrderCode>F-1</deliveryOrderCode><orderConfirmTime/>"
            "<operateTime>2026-03-04 17:00:00</operateTime></deliveryOrder>"
        )
    )
    assert found.confirmed_at == found.operated_at == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_a_parcel_with_less_than_nothing_is_refused() -> None:
    item = "<item><itemCode>A</itemCode><quantity>-1</quantity></item>"
    with pytest.raises(Malformed) as caught:
        read_confirm(
            request(
                "<deliveryOrder><deliveryOrderCode>F-1</deliveryOrderCode></deliveryOrder>"
                f"<packages><package><items>{item}</items></package></packages>"
            )
        )
    assert caught.value.code == "negative_quantity"
    assert caught.value.field == "/request/packages/package[1]/items/item[1]/quantity"


def test_a_batch_is_read_as_if_each_confirm_had_come_alone() -> None:
    second = HEADER.replace("F-1", "F-2")
    batch = read_batch_confirm(
        request(
            f"<orders><order>{LINES}{HEADER}{PACKAGES}</order>"
            f"<order>{second}{LINES}<subDeliveryOrderId>D-2-b</subDeliveryOrderId></order></orders>"
        )
    )
    first, other = batch.confirms
    alone = read_confirm(request(HEADER + PACKAGES + LINES))
    assert (first.code, other.code, other.sub_order_id) == ("F-1", "F-2", "D-2-b")
    assert (first.path, other.path) == ("/request/orders/order[1]", "/request/orders/order[2]")
    assert [each.contents for each in first.packages] == [each.contents for each in alone.packages]
    assert other.lines[0].path == "/request/orders/order[2]/orderLines/orderLine[1]"


def test_an_order_of_a_batch_that_cant_be_read_holds_up_no_other() -> None:
    broken = HEADER.replace("F-1", "F-2") + LINES.replace("actualQty>", "actualQty>x")
    nameless = "<deliveryOrder><warehouseCode>WH-E</warehouseCode></deliveryOrder>"
    inner = "".join(f"<order>{each}</order>" for each in (broken, HEADER + LINES, nameless))
    batch = read_batch_confirm(request(f"<orders>{inner}</orders>"))
    assert [each.code for each in batch.confirms] == ["F-1"]
    assert [(each.code, each.why.code) for each in batch.unread] == [
        ("F-2", "malformed_quantity"),
        ("/request/orders/order[3]", "missing_element"),
    ]


@pytest.mark.parametrize("read", [read_batch_confirm, read_batch_create, read_wave])
def test_a_batch_of_nothing_is_refused(read: object) -> None:
    assert callable(read)
    for inner in ("", "<orders/>"):
        with pytest.raises(Malformed) as caught:
            read(request(f"<waveNum>1</waveNum>{inner}"))
        assert caught.value.field == "/request/orders/order"


def test_what_became_of_a_batchcreate_is_read_with_its_parts_and_the_rest() -> None:
    found = read_batch_create(
        request(
            "<orders><order><orderInfo><deliveryOrderId>D-1</deliveryOrderId>"
            "<createTime>2026-03-04 08:00:00</createTime><warehouseCode>WH-E</warehouseCode>"
            "<logisticsCode>ZTO</logisticsCode></orderInfo></order>"
            "<order><deliveryOrderCode>F-2</deliveryOrderCode><deliveryOrders><deliveryOrder>"
            "<deliveryOrderId>D-2</deliveryOrderId><orderLines><orderLine><orderLineNo>1"
            "</orderLineNo><itemCode>TEA</itemCode><quantity>2</quantity></orderLine></orderLines>"
            "</deliveryOrder></deliveryOrders></order>"
            "<order><deliveryOrderCode>F-3</deliveryOrderCode><flag>failure</flag>"
            "<message>没有此商品</message><hint>SKU</hint></order></orders>"
        )
    )
    whole, split, refused = found.orders
    assert whole.whole == CreatedPart(
        wms_id="D-1",
        warehouse_code="WH-E",
        carrier_code="ZTO",
        created_at=datetime(2026, 3, 4, 0, tzinfo=UTC),
    )
    assert (whole.code, whole.refused, whole.parts) == ("", False, ())
    assert (split.code, split.whole) == ("F-2", None)
    assert [(part.wms_id, part.lines) for part in split.parts] == [("D-2", (("1", "TEA", 2),))]
    assert (refused.code, refused.refused, refused.reason) == ("F-3", True, "没有此商品")
    assert refused.rest == (("hint", "SKU"),)


def test_a_wave_is_read_with_its_orders() -> None:
    wave = read_wave(
        request(
            "<waveNum>W-77</waveNum><orders><order><deliveryOrderCode>F-1</deliveryOrderCode>"
            "<deliveryOrderId>D-1</deliveryOrderId><num>01</num></order></orders>"
        )
    )
    assert wave.wave_no == "W-77"
    assert [(each.code, each.wms_id, each.position) for each in wave.orders] == [
        ("F-1", "D-1", "01")
    ]
