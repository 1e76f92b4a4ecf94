"""returnorder.confirm and returnpackage.report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.incoming.returnorder import read_confirm, read_package_report
from chalicelib.warehouse.documents.incoming.lines import pieces
from chalicelib.warehouse.documents.parts import Contact
from tests.warehouse.codec.incoming.message import request

WHOLE = """<returnOrder><returnOrderCode>R-1</returnOrderCode>
  <returnOrderId>WR-1</returnOrderId><warehouseCode>WH-E</warehouseCode>
  <orderType>THRK</orderType><outBizCode>M-5</outBizCode>
  <orderConfirmTime>2026-03-05 10:00:00</orderConfirmTime>
  <logisticsCode>YTO</logisticsCode><logisticsName>圆通</logisticsName>
  <expressCode>YT77</expressCode><returnReason>不喜欢</returnReason>
  <remark>外盒已拆</remark><confirmType>0</confirmType><senderInfo>
  <company>null</company><name>韩梅梅</name><zipCode>null</zipCode><tel>0512-1</tel>
  <mobile>13900000001</mobile><email>h@example.com</email><countryCode>CN</countryCode>
  <province>江苏省</province><city>苏州市</city><area>姑苏区</area><town>平江</town>
  <detailAddress>示例街 2 号</detailAddress></senderInfo><extendProps><door>2</door>
  </extendProps></returnOrder><orderLines><orderLine><orderLineNo>1</orderLineNo>
  <sourceOrderCode>T-1</sourceOrderCode><itemCode>TEA</itemCode>
  <inventoryType>ZP</inventoryType><actualQty>2.0000</actualQty><snList><sn>S1</sn>
  </snList><qrCode>q1;q2</qrCode></orderLine><orderLine><orderLineNo>1</orderLineNo>
  <itemCode>TEA</itemCode><inventoryType>CC</inventoryType><actualQty>1</actualQty>
  </orderLine></orderLines>"""


def test_a_return_is_read_whole() -> None:
    found = read_confirm(request(WHOLE))
    assert (found.code, found.wms_id, found.warehouse_code) == ("R-1", "WR-1", "WH-E")
    assert (found.order_type, found.out_biz_code, found.confirm_type) == ("THRK", "M-5", "0")
    assert found.confirmed_at == datetime(2026, 3, 5, 2, tzinfo=UTC)
    assert (found.carrier_code, found.carrier_name, found.waybill) == ("YTO", "圆通", "YT77")
    assert (found.reason, found.remark, found.extend_props) == ("不喜欢", "外盒已拆", {"door": "2"})
    assert found.sender == Contact(
        name="韩梅梅",
        mobile="13900000001",
        province="江苏省",
        city="苏州市",
        address="示例街 2 号",
        district="姑苏区",
        town="平江",
        phone="0512-1",
        email="h@example.com",
        country_code="CN",
    )
    assert found.final


def test_quality_comes_by_inventory_type_so_one_line_may_return_as_several() -> None:
    found = read_confirm(request(WHOLE))
    kinds = [
        (line.order_line_no, each.inventory_type, each.quantity)
        for line in found.lines
        for each in pieces(line)
    ]
    assert kinds == [("1", "ZP", 2), ("1", "CC", 1)]
    assert found.lines[0].details.serial_numbers == ("S1",)
    assert found.lines[0].details.qr_codes == ("q1", "q2")


def test_nothing_about_the_buyer_is_shown() -> None:
    shown = repr(read_confirm(request(WHOLE)))
    for secret in (
        "韩梅梅",
        "13900000001",
        "0512-1",
        "示例街",
        "h@example.com",
        "苏州",
        "不喜欢",
        "外盒",
        "door",
    ):
        assert secret not in shown


@pytest.mark.parametrize(
    "sender", ["", "<senderInfo/>", "<senderInfo><name>null</name><mobile> </mobile></senderInfo>"]
)
def test_a_sender_of_whom_nothing_is_told_is_none(sender: str) -> None:
    body = f"<returnOrder><returnOrderCode>R-1</returnOrderCode>{sender}</returnOrder>"
    assert read_confirm(request(body)).sender is None


def test_parcels_signed_for_are_read_with_who_signed_and_the_rest() -> None:
    found = read_package_report(
        request(
            "<order><orderCode>R-1</orderCode><orderId>WR-1</orderId><orderType>THRK</orderType>"
            "<warehouseCode>WH-E</warehouseCode><ownerCode>OW</ownerCode>"
            "<outBizCode>M-6</outBizCode><remark>门口</remark><gate>3</gate></order>"
            "<packages><package><expressCode>YT77</expressCode><logisticsCode>YTO</logisticsCode>"
            "<status>sign</status><signTime>2026-03-05 09:00:00</signTime>"
            "<signUserName>李雷</signUserName><remarks>湿了</remarks></package></packages>"
        )
    )
    (package,) = found.packages
    assert (found.code, found.wms_id, found.order_type) == ("R-1", "WR-1", "THRK")
    assert (found.warehouse_code, found.owner_code, found.out_biz_code) == ("WH-E", "OW", "M-6")
    assert (package.waybill, package.status, package.signed_by) == ("YT77", "sign", "李雷")
    assert package.signed_at == datetime(2026, 3, 5, 1, tzinfo=UTC)
    assert (package.remark, found.remark, found.rest) == ("湿了", "门口", (("gate", "3"),))
    for secret in ("李雷", "湿了", "门口", "gate"):
        assert secret not in repr(found)


def test_a_parcel_without_papers_belongs_to_no_order_yet() -> None:
    found = read_package_report(
        request("<order/><packages><package><expressCode>YT1</expressCode></package></packages>")
    )
    assert (found.code, [each.waybill for each in found.packages]) == ("", ["YT1"])


def test_a_report_without_a_parcel_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        read_package_report(request("<order><orderCode>R-1</orderCode></order><packages/>"))
    assert caught.value.field == "/request/packages/package"
