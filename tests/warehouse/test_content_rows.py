"""Any message as flat rows, bounded, and with nobody's data in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.content_rows import LONGEST_TEXT, MOST_FIELDS, MOST_ROWS, content_rows
from chalicelib.warehouse.elements import HIDDEN
from chalicelib.warehouse.xml import Content, write

RETURN = """<request>
  <orderLines>
    <orderLine><itemCode>TEA-1</itemCode><itemName>绿茶</itemName><actualQty>3</actualQty>
      <snList><sn>S1</sn><sn/><sn>S2</sn></snList>
      <batchs>
        <batch><batchCode>L1</batchCode><actualQty>2</actualQty></batch>
        <batch><batchCode>L2</batchCode><actualQty>1</actualQty></batch>
      </batchs></orderLine>
    <orderLine><itemCode>CUP-1</itemCode><remark>给李雷</remark><batchs/>
      <extendProps><shelf>A-3</shelf></extendProps></orderLine>
  </orderLines>
  <returnOrder>
    <returnOrderCode>R1</returnOrderCode><zip>null</zip><expressCode/>
    <senderInfo><name>韩梅梅</name><mobile>13900000001</mobile><city>苏州市</city></senderInfo>
  </returnOrder>
</request>""".encode()


def test_the_header_and_each_entry_of_a_list_are_rows_of_texts() -> None:
    rows = content_rows(RETURN)
    assert rows.header.path == "/request"
    assert rows.header.fields == {
        "returnOrder/returnOrderCode": "R1",
        "returnOrder/senderInfo/name": HIDDEN,
        "returnOrder/senderInfo/mobile": HIDDEN,
        "returnOrder/senderInfo/city": "苏州市",
    }
    assert [(row.path, row.fields) for row in rows.lines] == [
        (
            "/request/orderLines/orderLine[1]",
            {"itemCode": "TEA-1", "itemName": "绿茶", "actualQty": "3", "snList/sn": "S1;S2"},
        ),
        (
            "/request/orderLines/orderLine[1]/batchs/batch[1]",
            {"batchCode": "L1", "actualQty": "2"},
        ),
        (
            "/request/orderLines/orderLine[1]/batchs/batch[2]",
            {"batchCode": "L2", "actualQty": "1"},
        ),
        (
            "/request/orderLines/orderLine[2]",
            {"itemCode": "CUP-1", "remark": HIDDEN, "extendProps/shelf": HIDDEN},
        ),
    ]
    assert rows.left_out == 0


@pytest.mark.parametrize(
    ("wrapper", "entry"),
    [
        ("items", "item"),
        ("materialitems", "item"),
        ("productitems", "productItem"),
        ("criteriaList", "criteria"),
        ("packageMaterialList", "packageMaterial"),
        ("batchs", "batch"),
        ("processes", "process"),
        ("relatedOrders", "relatedOrder"),
    ],
)
def test_a_list_of_one_entry_is_a_list(wrapper: str, entry: str) -> None:
    body = f"<request><{wrapper}><{entry}><a>1</a></{entry}></{wrapper}></request>".encode()
    (row,) = content_rows(body).lines
    assert (row.path, row.fields) == (f"/request/{wrapper}/{entry}[1]", {"a": "1"})


def test_a_block_that_stands_alone_is_part_of_the_header() -> None:
    rows = content_rows(b"<request><order><orderCode>O1</orderCode></order></request>")
    assert rows.header.fields == {"order/orderCode": "O1"}
    assert rows.lines == ()


def test_an_answer_has_rows_too() -> None:
    body = b"<response><flag>success</flag><items><item><itemCode>A</itemCode></item></items>"
    rows = content_rows(body + b"</response>", root="response")
    assert rows.header.fields == {"flag": "success"}
    assert [row.fields for row in rows.lines] == [{"itemCode": "A"}]


def test_what_repeats_without_a_wrapper_is_a_row_each() -> None:
    body = b"<request><items><count>1</count></items><items><count>2</count></items></request>"
    found = [(row.path, row.fields["count"]) for row in content_rows(body).lines]
    assert found == [("/request/items[1]", "1"), ("/request/items[2]", "2")]


def test_rows_fields_and_texts_are_limited_and_what_is_left_out_is_counted() -> None:
    many = "<item><a>1</a></item>" * (MOST_ROWS + 7)
    wide = "".join(f"<f{number}>1</f{number}>" for number in range(MOST_FIELDS + 5))
    long = "长" * (LONGEST_TEXT + 1)
    body = f"<request><long>{long}</long>{wide}<items>{many}</items></request>".encode()
    rows = content_rows(body)
    assert len(rows.lines) == MOST_ROWS
    assert len(rows.header.fields) == MOST_FIELDS
    assert rows.left_out == 7 + 6
    assert rows.header.fields["long"] == "长" * (LONGEST_TEXT - 1) + "…"


def test_what_cant_be_read_has_no_rows() -> None:
    with pytest.raises(Malformed):
        content_rows(b"<request><type>222<type/></request>")


TREES = st.recursive(
    st.text(max_size=5),
    lambda inner: st.lists(
        st.tuples(st.sampled_from(["item", "items", "name", "mobile", "extendProps"]), inner),
        max_size=5,
    ),
    max_leaves=20,
)


@given(TREES)
def test_whatever_the_shape_nobodys_name_is_shown(tree: Content) -> None:
    body = write("request", [("block", tree), ("mobile", "13900000001"), ("name", "韩梅梅")])
    rows = content_rows(body)
    shown = [text for row in (rows.header, *rows.lines) for text in row.fields.values()]
    assert "13900000001" not in shown
    assert "韩梅梅" not in shown
