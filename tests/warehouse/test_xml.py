"""The gate for XML: hostile documents stay out, odd ones come in."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused, TooLarge
from chalicelib.warehouse import xml
from chalicelib.warehouse.parsing import MOST_BYTES

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = (
    '<!DOCTYPE request [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><request>&c;</request>'
)

ATTACKS = {
    "entity bomb": (LAUGHS.encode(), "document_type"),
    "bomb behind a declaration": (DECLARATION + LAUGHS.encode(), "document_type"),
    "bomb behind a comment": (b"<!-- x --> <?y?>\n" + LAUGHS.encode(), "document_type"),
    "bomb with a mark": (b"\xef\xbb\xbf" + LAUGHS.encode(), "document_type"),
    "bomb in lower case": (LAUGHS.replace("DOCTYPE", "doctype").encode(), "document_type"),
    "bomb in GBK": (
        b'<?xml version="1.0" encoding="GBK"?>' + LAUGHS.encode(),
        "document_type",
    ),
    "external entity": (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><request>&x;</request>',
        "document_type",
    ),
    "external document type": (
        b'<!DOCTYPE request SYSTEM "http://127.0.0.1:9/x.dtd"><request/>',
        "document_type",
    ),
    "default attribute": (
        b'<!DOCTYPE request [<!ATTLIST request price CDATA "0.01">]><request/>',
        "document_type",
    ),
    "undefined entity": (b"<request>&x;</request>", "malformed_xml"),
    "UTF-16": ("<request/>".encode("utf-16"), "unsupported_encoding"),
    "UTF-16 without a mark": ("<request/>".encode("utf-16-le"), "unsupported_encoding"),
    "UTF-16 with a document type": (LAUGHS.encode("utf-16"), "unsupported_encoding"),
    "UTF-32": ("<request/>".encode("utf-32"), "unsupported_encoding"),
    "UTF-7": (
        b'<?xml version="1.0" encoding="UTF-7"?><request>+ADw-a+AD4-</request>',
        "unsupported_encoding",
    ),
    "Latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?><request/>', "unsupported_encoding"),
    "mark against declaration": (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="GBK"?><request/>',
        "unsupported_encoding",
    ),
    "not UTF-8": (b"<request>\xca\xd5\xbb\xf5</request>", "wrong_encoding"),
    "overlong UTF-8": (b"<request>\xc0\xbc</request>", "wrong_encoding"),
    "a surrogate in UTF-8": (b"<request>\xed\xa0\x80</request>", "wrong_encoding"),
    "not GBK": (b'<?xml version="1.0" encoding="GBK"?><request>\xff</request>', "wrong_encoding"),
    "XML 1.1": (b'<?xml version="1.1"?><request/>', "unsupported_xml_version"),
    "XML 2.0": (b'<?xml version="2.0" encoding="utf-8"?><request/>', "unsupported_xml_version"),
    "broken declaration": (b'<?xml encoding="utf-8"?><request/>', "malformed_xml"),
    "a declaration that hides its encoding": (
        b'<?xml version="1.0" ' + b" " * 300 + b'encoding="GBK"?><request/>',
        "malformed_xml",
    ),
    "two declarations": (DECLARATION + DECLARATION + b"<request/>", "malformed_xml"),
    "a comment before the declaration": (
        b"<!-- x -->" + DECLARATION + b"<request/>",
        "malformed_xml",
    ),
    "a blank before the declaration": (b" " + DECLARATION + b"<request/>", "malformed_xml"),
    "unclosed": (b"<request><type>222<type/></request>", "malformed_xml"),
    "raw ampersand": (b"<request>A & B</request>", "malformed_xml"),
    "control character": (b"<request>\x08</request>", "malformed_xml"),
    "control reference": (b"<request>&#8;</request>", "malformed_xml"),
    "two roots": (b"<request/><request/>", "malformed_xml"),
    "text after the root": (b"<request/>x", "malformed_xml"),
    "not XML": (b'{"request": 1}', "malformed_xml"),
    "a name beyond U+FFFF": ("<request><\U0001d2b2/></request>".encode(), "malformed_xml"),
    "an attribute beyond U+FFFF": (
        '<request><a \U0001d2b2="x"/></request>'.encode(),
        "malformed_xml",
    ),
    "open comment": (b"<!-- never closed", "malformed_xml"),
    "NUL inside": (b"<request>\x00</request>", "malformed_xml"),
    "empty": (b"", "empty_body"),
    "blank": (b" \r\n", "empty_body"),
    "only a mark": (b"\xef\xbb\xbf", "malformed_xml"),
    "deep": (b"<request>" + b"<a>" * 40 + b"</a>" * 40 + b"</request>", "too_deep"),
    "very deep": (b"<request>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</request>", "malformed_xml"),
    "another root": (b"<entryOrder/>", "wrong_root"),
    "a namespace": (b'<request xmlns="urn:x"/>', "wrong_root"),
    "too large": (b"<request>" + b"x" * MOST_BYTES + b"</request>", "body_too_large"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_not_acceptable_is_refused_with_its_reason(name: str) -> None:
    body, expected = ATTACKS[name]
    started = time.monotonic()
    with pytest.raises(Refused) as caught:
        xml.read(body)
    assert caught.value.code == expected
    assert time.monotonic() - started < 1


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    frame = len(b"<request></request>")
    full = b"<request>" + b"x" * (MOST_BYTES - frame) + b"</request>"
    assert xml.read(full).value() == "x" * (MOST_BYTES - frame)
    with pytest.raises(TooLarge):
        xml.read(full + b" ")


def test_the_largest_body_of_empty_elements_is_read_within_a_second() -> None:
    body = b"<request>" + b"<a/>" * ((MOST_BYTES - 19) // 4) + b"</request>"
    started = time.monotonic()
    xml.read(body)
    assert time.monotonic() - started < 1


def test_many_comments_before_the_root_cost_no_time() -> None:
    body = b"<!---->" * 140_000 + b"<request/>"
    started = time.monotonic()
    xml.read(body)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "GBK", "gb2312", "GB18030"])
def test_the_allowed_encodings_are_read(encoding: str) -> None:
    declaration = f"<?xml version='1.0' encoding='{encoding}' standalone=\"yes\" ?>"
    text = f"{declaration}<request><a>收货</a></request>"
    assert xml.read(text.encode(encoding)).text("a") == "收货"


def test_gb2312_may_hold_characters_of_gbk() -> None:
    text = '<?xml version="1.0" encoding="gb2312"?><request><a>東倉镕</a></request>'
    assert xml.read(text.encode("gbk")).text("a") == "東倉镕"


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert xml.read(b"\xef\xbb\xbf" + DECLARATION + b"<request><a>1</a></request>").text("a") == "1"


def test_a_document_type_inside_a_comment_or_cdata_is_only_text() -> None:
    body = b"<!-- <!DOCTYPE x> --><request><a><![CDATA[<!DOCTYPE x>]]></a></request>"
    assert xml.read(body).text("a") == "<!DOCTYPE x>"


def test_comments_and_instructions_are_dropped_without_cutting_the_text() -> None:
    assert (
        xml.read(b"<request><a>admin<!--x-->evil<?y z?>!</a></request>").text("a") == "adminevil!"
    )


def test_null_blank_and_empty_mean_not_given() -> None:
    node = xml.read(b"<request><a>null</a><b> </b><c/><d>\n x \n</d></request>")
    assert [node.text(name) for name in "abcde"] == [None, None, None, "x", None]


def test_the_same_scalar_twice_is_refused() -> None:
    node = xml.read(b"<request><price>5.00</price><price>0.00</price></request>")
    with pytest.raises(Malformed) as caught:
        node.text("price")
    assert (caught.value.code, caught.value.field) == ("repeated_element", "/request/price")


def test_a_scalar_with_children_is_refused() -> None:
    node = xml.read(b"<request><qty>1<x>2</x></qty></request>")
    with pytest.raises(Malformed) as caught:
        node.whole("qty")
    assert caught.value.code == "not_a_text"


def test_what_is_needed_and_missing_is_named_by_its_path() -> None:
    body = b"<request><orderLines><orderLine><a/></orderLine><orderLine/></orderLines></request>"
    lines = xml.read(body).listed("orderLines", "orderLine")
    assert [line.path for line in lines] == [
        "/request/orderLines/orderLine[1]",
        "/request/orderLines/orderLine[2]",
    ]
    with pytest.raises(Malformed) as caught:
        lines[1].needed_text("actualQty")
    assert caught.value.field == "/request/orderLines/orderLine[2]/actualQty"


def test_a_path_is_an_xpath_that_finds_the_element() -> None:
    body = b"<request><items><item>1</item><other/><item>2</item></items></request>"
    node = xml.read(body)
    for item in node.listed("items", "item"):
        assert node.element.getroottree().xpath(item.path) == [item.element]


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2), ("-3", -3), ("+4", 4), ("2.0000", 2), ("000", 0)]
)
def test_whole_numbers_are_read(text: str, expected: int) -> None:
    assert xml.read(f"<request><q>{text}</q></request>".encode()).whole("q") == expected


@pytest.mark.parametrize("text", ["1.5", "NaN", "1e309", "１", "1,000", "0x1", "9" * 13, "1.00001"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        xml.read(f"<request><q>{text}</q></request>".encode()).whole("q")
    assert (caught.value.code, caught.value.field) == ("malformed_quantity", "/request/q")


def test_times_are_china_time_and_garbled_ones_are_not_given() -> None:
    node = xml.read(
        b"<request><a>2026-11-22 09:30:00</a><b/><c>yesterday</c>"
        b"<d>2026-02-30 00:00:00</d></request>"
    )
    assert node.time("a") == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert [node.time(name) for name in "bcd"] == [None, None, None]


def test_dates_may_carry_a_time() -> None:
    node = xml.read(
        b"<request><a>2021-08-07 00:00:00</a><b>2021-08-07</b><c>2021/08/07</c></request>"
    )
    assert [node.date(name) for name in "abc"] == [date(2021, 8, 7), date(2021, 8, 7), None]


def test_writing_escapes_and_leaves_out_what_is_none() -> None:
    written = xml.write("request", {"a": "收货 & <质检>", "b": None, "c": "", "d": {"e": 3}})
    assert written.decode().replace("\n", "") == (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<request><a>收货 &amp; &lt;质检&gt;</a><c></c><d><e>3</e></d></request>"
    )


@given(st.text())
def test_any_text_is_written_so_that_it_can_be_read(text: str) -> None:
    read = xml.read(xml.write("request", {"a": text}))
    element = read.needed("a").element
    legal = "".join(each for each in text if each in "\t\n\r" or ord(each) >= 32)
    legal = "".join(each for each in legal if not "\ud800" <= each <= "\udfff")
    legal = legal.replace("\ufffe", "").replace("\uffff", "")
    assert (element.text or "") == legal


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall_over(body: bytes) -> None:
    try:
        xml.read(body)
    except Refused as refused:
        assert refused.message
