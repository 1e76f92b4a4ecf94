"""Oddities that real senders write: read rightly, or refused with a reason that helps them."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.callbacks import failure
from chalicelib.warehouse.codec.incoming.deliveryorder import read_confirm
from chalicelib.warehouse.codec.incoming.entryorder import read_confirm as read_entry
from chalicelib.warehouse.codec.parts import read_answer, read_response
from chalicelib.warehouse.documents.incoming.deliveryorder import DeliveryConfirm
from chalicelib.warehouse.xml import read

HEADER = (
    "<deliveryOrder><confirmType>0</confirmType><deliveryOrderCode>F-1</deliveryOrderCode>"
    "<warehouseCode>WH-E</warehouseCode></deliveryOrder>"
)
LINES = (
    "<orderLines><orderLine><itemCode>TEA</itemCode><actualQty>2</actualQty></orderLine>"
    "</orderLines>"
)


def confirm(text: str) -> DeliveryConfirm:
    return read_confirm(read(text.encode()))


def refusal(body: bytes) -> tuple[str, str]:
    """Code and text of the answer that the sender gets."""
    with pytest.raises(Malformed) as caught:
        read_confirm(read(body))
    answer = read_answer(read_response(failure(caught.value)))
    assert not answer.success
    return answer.code, answer.message


PLAIN = confirm(f"<request>{HEADER}{LINES}</request>")


@pytest.mark.parametrize(
    "body",
    [
        f"<request>{LINES}{HEADER}</request>",
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<request>{HEADER}{LINES}'
        "</request>",
        f"\ufeff<?xml version='1.0'?>\r\n<request>\r\n  {HEADER}\r\n  {LINES}\r\n</request>\r\n",
        f'<?xml version="1.0"?><!-- sent by the night shift --><request>{HEADER}{LINES}</request>',
        f"<request><packages/>{HEADER}{LINES}</request>".replace("TEA", "<![CDATA[TEA]]>"),
        f"<request>{HEADER}{LINES}</request>".replace("TEA", " TEA\n"),
        f"<request>{HEADER}{LINES}</request>".replace(
            "<itemCode>", "<orderLineNo> </orderLineNo><batchs/><extCode>null</extCode><itemCode>"
        ),
        f"<request>{HEADER}{LINES}</request>".replace("<actualQty>2<", "<actualQty>2.0000<"),
    ],
)
def test_the_same_message_in_other_spellings_says_the_same(body: str) -> None:
    assert confirm(body) == PLAIN


def test_a_body_in_gbk_says_the_same() -> None:
    text = f"<request>{HEADER}{LINES}</request>".replace("TEA", "茶")
    body = f'<?xml version="1.0" encoding="GBK"?>{text}'.encode("gbk")
    assert read_confirm(read(body)).lines[0].item_code == "茶"


def test_a_platforms_self_test_without_a_request_is_refused_with_the_name_it_needs() -> None:
    code, text = refusal(b"<entryOrder><entryOrderCode>1</entryOrderCode></entryOrder>")
    assert (code, text) == ("wrong_root", "/: the root element is <request>")


@pytest.mark.parametrize(
    "body",
    [
        b"<request>\n<type>222<type/></request>",
        b"<request>\n<remark>tea & cups</remark></request>",
        b"<!-- first --><?xml version='1.0'?>\n<request/>",
        b"<request>\n<a>1</b></request>",
        b"<request>\n",
    ],
)
def test_what_is_not_well_formed_is_refused_with_the_line(body: bytes) -> None:
    code, text = refusal(body)
    assert code == "malformed_xml"
    assert text.startswith("/: not well-formed at line ")


def test_a_missing_number_is_refused_with_its_place() -> None:
    assert refusal(f"<request>{LINES}<deliveryOrder/></request>".encode()) == (
        "missing_element",
        "/request/deliveryOrder/deliveryOrderCode: a value is needed",
    )


def test_an_empty_body_is_refused_as_one() -> None:
    assert refusal(b"  ") == ("empty_body", "the body is empty")


def test_codes_outside_the_lists_are_kept() -> None:
    found = confirm(
        f"<request>{HEADER}<packages><package><logisticsCode>HORSE</logisticsCode>"
        "<weight>0.0000</weight><items><item><itemCode>CARD</itemCode><quantity>1</quantity>"
        f"</item></items></package></packages>{LINES}</request>".replace(
            "<warehouseCode>", "<orderType>1</orderType><status>DONE</status><warehouseCode>"
        )
    )
    assert (found.order_type, found.status) == ("1", "DONE")
    (package,) = found.packages
    assert (package.carrier_code, package.contents, package.weight_grams) == (
        "HORSE",
        (("CARD", 1),),
        0,
    )


def test_an_intermediate_confirm_that_calls_itself_fulfilled_stays_open() -> None:
    body = (
        b"<request><entryOrder><entryOrderCode>E-1</entryOrderCode><confirmType>1</confirmType>"
        b"<status>FULFILLED</status></entryOrder></request>"
    )
    assert not read_entry(read(body)).final
