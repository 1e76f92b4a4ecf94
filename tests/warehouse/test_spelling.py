"""A peer's own words: read into Qimen's, written out of them, told in its own when wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse import codec
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.elements import is_personal
from chalicelib.warehouse.spelling import Spelling
from chalicelib.warehouse.texts import read_time, write_time, zone_of
from chalicelib.warehouse.xml import Node, read, write

THEIRS = Spelling(
    elements={
        "orderLines": "rows",
        "orderLine": "row",
        "itemCode": "goods",
        "response/message": "msg",
        "row/remark": "note",
    },
    codes={"orderType": {"SALE": "JYCK", "SELL": "JYCK"}},
    zone=timezone(timedelta(hours=9)),
    declaration=False,
)
BODY = (
    b"<request><orderType>SALE</orderType><at>2026-03-04 10:00:00</at><rows>"
    b"<row><goods>A</goods><note>x</note></row><row><goods>B</goods><goods>C</goods></row>"
    b"<orderLine><itemCode>D</itemCode></orderLine></rows></request>"
)


def node() -> Node:
    return read(BODY, spelling=THEIRS)


def test_a_document_is_asked_in_our_words_and_its_paths_are_theirs() -> None:
    lines = node().listed("orderLines", "orderLine")
    assert [line.path for line in lines] == [
        "/request/rows/row[1]",
        "/request/rows/row[2]",
        "/request/rows/orderLine[1]",
    ]
    assert (lines[0].text("itemCode"), lines[0].text("remark")) == ("A", "x")
    assert lines[2].code("itemCode") == "D"


def test_their_codes_become_ours_and_unknown_ones_stay() -> None:
    assert node().code("orderType") == "JYCK"
    body = b"<request><orderType>OTHER</orderType></request>"
    assert read(body, spelling=THEIRS).code("orderType") == "OTHER"


def test_times_are_read_and_written_in_their_zone() -> None:
    moment = datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert node().time("at") == moment
    assert write("request", {"at": moment}, THEIRS) == (
        b"<request><at>2026-03-04 10:00:00</at></request>"
    )


def test_what_is_wrong_is_named_in_their_words() -> None:
    second = node().listed("orderLines", "orderLine")[1]
    with pytest.raises(Refused) as caught:
        second.text("itemCode")
    assert THEIRS.place(caught.value.field or "") == "/request/rows/row[2]/goods"


def test_what_is_written_has_their_words_the_first_of_their_codes_and_no_declaration() -> None:
    content = {
        "orderType": "JYCK",
        "message": "stays",
        "orderLines": [("orderLine", {"itemCode": "A", "remark": "x"})],
    }
    assert write("request", content, THEIRS) == (
        b"<request><orderType>SALE</orderType><message>stays</message>"
        b"<rows><row><goods>A</goods><note>x</note></row></rows></request>"
    )
    assert write("response", {"message": "m"}, THEIRS) == b"<response><msg>m</msg></response>"


def test_the_rest_is_what_was_not_read_in_our_words() -> None:
    first = node().listed("orderLines", "orderLine")[0]
    assert rest(first, "itemCode") == (("note", "x"),)


@pytest.mark.parametrize(
    "elements",
    [
        {"itemCode": "orderCode", "orderCode": "code"},
        {"itemCode": "code", "orderCode": "code"},
    ],
)
def test_a_word_with_two_meanings_is_no_spelling(elements: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="two meanings"):
        Spelling(elements=elements)


@given(
    texts=st.lists(st.text("abc茶", min_size=1, max_size=5), min_size=1, max_size=5),
    order_type=st.sampled_from(["JYCK", "QTCK"]),
)
def test_what_is_written_in_a_spelling_is_read_back(texts: list[str], order_type: str) -> None:
    lines = [("orderLine", {"itemCode": text, "remark": text}) for text in texts]
    body = write("request", {"orderType": order_type, "orderLines": lines}, THEIRS)
    found = read(body, spelling=THEIRS)
    assert found.code("orderType") == order_type
    assert [
        (line.text("itemCode"), line.text("remark"))
        for line in found.listed("orderLines", "orderLine")
    ] == [(text, text) for text in texts]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("+08:00", "2026-07-01 20:00:00"),
        ("-03:30", "2026-07-01 08:30:00"),
        ("Asia/Tokyo", "2026-07-01 21:00:00"),
        ("Europe/Berlin", "2026-07-01 14:00:00"),
    ],
)
def test_a_zone_is_an_offset_or_a_name(zone: str, expected: str) -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert write_time(moment, zone_of(zone)) == expected
    assert read_time(expected, zone_of(zone)) == moment


@pytest.mark.parametrize("zone", ["", "8", "+8:00", "+15:00", "+08:60", "Asia/Nowhere", "../x"])
def test_anything_else_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="zone"):
        zone_of(zone)


def test_codecs_leave_times_to_the_writer_who_knows_the_zone() -> None:
    folder = Path(str(codec.__file__)).parent
    told = [path.name for path in folder.rglob("*.py") if "write_time" in path.read_text()]
    assert told == []


def test_what_a_dialect_calls_a_persons_data_is_personal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not is_personal("recv", "order")
    invented = type(DIALECTS["qimen"])(name="x", title="x", elements={"mobile": "recv"})
    monkeypatch.setitem(DIALECTS, "x", invented)
    assert is_personal("recv", "order")
