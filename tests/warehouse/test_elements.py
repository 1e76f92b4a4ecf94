"""The element a figure came from, with nobody's data in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import HttpHead, RawMessage
from chalicelib.warehouse.elements import element_text

HEAD = HttpHead(verb="POST", url="/", headers={})

DELIVERY = """<?xml version="1.0" encoding="GBK"?>
<request>
  <deliveryOrder>
    <deliveryOrderCode>D1</deliveryOrderCode><shopNick>示例旗舰店</shopNick><buyerNick>nick</buyerNick>
    <logisticsName>顺丰</logisticsName><operatorName>李雷</operatorName>
    <receiverInfo><name>张三</name><mobile>13800000000</mobile><tel>0571-1</tel><province>浙江省</province>
      <detailAddress>文一西路 1 号</detailAddress><email>a@b.cn</email></receiverInfo>
    <buyerMessage>请轻放</buyerMessage>
  </deliveryOrder>
  <orderLines>
    <orderLine><itemCode>A</itemCode><itemName>茶</itemName><actualQty>1</actualQty></orderLine>
    <orderLine><itemCode>B</itemCode><itemName>杯</itemName><actualQty>2</actualQty>
      <extendProps><key1>张三丰</key1><deep><key2>x</key2></deep></extendProps></orderLine>
  </orderLines>
</request>""".encode("gbk")


def shown(body: bytes, path: str, answer: bytes | None = None) -> str:
    return element_text(
        RawMessage(head=HEAD, body=body, answer=answer), Source(message_id="M1", path=path)
    )


def test_a_path_leads_to_its_element_whatever_the_encoding() -> None:
    found = shown(DELIVERY, "/request/orderLines/orderLine[1]")
    assert found == (
        "<orderLine>\n  <itemCode>A</itemCode>\n  <itemName>茶</itemName>\n"
        "  <actualQty>1</actualQty>\n</orderLine>"
    )
    assert "<actualQty>2</actualQty>" in shown(DELIVERY, "/request/orderLines/orderLine[2]")


def test_everything_about_a_person_is_masked_and_what_is_about_goods_is_not() -> None:
    found = shown(DELIVERY, "")
    for secret in (
        "张三",
        "13800000000",
        "0571-1",
        "文一西路",
        "a@b.cn",
        "李雷",
        "nick<",
        "请轻放",
    ):
        assert secret not in found
    for word in ("D1", "示例旗舰店", "顺丰", "浙江省", "茶", "<actualQty>2</actualQty>"):
        assert word in found


def test_free_fields_are_masked_at_any_depth() -> None:
    found = shown(DELIVERY, "/request/orderLines/orderLine[2]/extendProps")
    assert "张三丰" not in found
    assert found.count("***") == 2
    assert "***" in shown(DELIVERY, "/request/orderLines/orderLine[2]/extendProps/deep/key2")


def test_a_masked_element_stays_masked_when_it_is_the_one_asked_for() -> None:
    assert shown(DELIVERY, "/request/deliveryOrder/receiverInfo/name") == "<name>***</name>"


def test_a_path_into_the_answer_is_read_from_the_answer() -> None:
    answer = b"<response><flag>success</flag><entryOrderId>W-7</entryOrderId></response>"
    assert "W-7" in shown(DELIVERY, "/response", answer)


def test_a_json_pointer_leads_into_a_json_message() -> None:
    body = json.dumps(
        {
            "lines": [{"sku": "A", "name": "茶", "quantity": 2}],
            "receiver": {"name": "张三", "mobile": "13800000000", "city": "杭州市"},
            "invoice": {"title": "某某有限公司", "tax_no": "91330100MA00000000"},
            "buyer": {"remark": "请轻放"},
        }
    ).encode()
    assert json.loads(shown(body, "/lines/0")) == {"sku": "A", "name": "茶", "quantity": 2}
    whole = shown(body, "")
    for secret in ("张三", "13800000000", "某某有限公司", "91330100MA00000000", "请轻放"):
        assert secret not in whole
    assert "杭州市" in whole
    assert shown(body, "/receiver/name") == '"***"'


@pytest.mark.parametrize(
    "path",
    ["/request/orderLines/orderLine[3]", "/request/orderLines/orderLine[0]", "/request/x", "//"],
)
def test_a_place_that_is_not_there_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        shown(DELIVERY, path)


def test_bytes_that_are_neither_xml_nor_json_are_malformed() -> None:
    with pytest.raises(Malformed):
        shown(b"<request>", "/request")
    with pytest.raises(Malformed):
        shown(b"\x00\x01", "")


@given(st.text(max_size=40))
def test_no_path_does_anything_but_find_or_refuse(path: str) -> None:
    try:
        shown(DELIVERY, path)
    except (NotFound, Malformed) as refused:
        assert refused.code in {"unknown_element", "wrong_root"}


def test_what_identifies_a_person_in_the_newer_blocks_is_masked() -> None:
    body = b"""<request><deliveryOrder>
        <pickerInfo><id>330102</id><carNo>A88</carNo></pickerInfo>
        <receiverInfo><id>330103</id><idNumber>330104</idNumber><oaid>oa1</oaid></receiverInfo>
        <invoices><invoice><header>Somebody</header><taxNumber>9133</taxNumber></invoice></invoices>
        <wave><id>W7</id></wave></deliveryOrder></request>"""
    found = shown(body, "")
    for secret in ("330102", "A88", "330103", "330104", "oa1", "Somebody", "9133"):
        assert secret not in found
    assert "W7" in found
