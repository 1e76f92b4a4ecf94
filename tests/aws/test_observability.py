"""Log lines: one JSON object each, and no phone number in any part of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws.observability import logger, masked

PHONE = "13812345678"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the app's log goes during a test."""
    (handler,) = [each for each in logger.handlers if hasattr(each, "setStream")]
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)
    logger.set_correlation_id(None)


def only_line(written: io.StringIO) -> dict[str, Any]:
    text = written.getvalue()
    assert text.count("\n") == 1 and text.endswith("\n")
    assert PHONE not in text
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_line_is_one_json_object_with_what_belongs_to_it(
    written: io.StringIO,
) -> None:
    logger.set_correlation_id("SO1")
    logger.info("work", queue="routing", attempt=2)
    line = only_line(written)
    assert line["message"] == "work"
    assert line["correlation_id"] == "SO1"
    assert (line["queue"], line["attempt"], line["service"]) == ("routing", 2, "oms")


def test_a_line_names_the_trace_it_belongs_to(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = "Root=1-69216f31-2a7c1d0e4b5a6f7081920304;Parent=53995c3f42cd8ad8;Sampled=1"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    logger.set_correlation_id("SO1")
    logger.info("work")
    line = only_line(written)
    assert line["xray_trace_id"] == "1-69216f31-2a7c1d0e4b5a6f7081920304"
    assert line["correlation_id"] == "SO1"


def test_newlines_and_unwritable_texts_stay_inside_their_line(
    written: io.StringIO,
) -> None:
    forged = 'a\n{"level":"ERROR"}\r\n\u2028\x85\x1b[31m\x00'
    logger.info(forged, note=forged, nested={"deep": [forged]})
    line = only_line(written)
    assert line["message"] == line["note"] == line["nested"]["deep"][0] == forged


@pytest.mark.parametrize(
    "text",
    [PHONE, f"call {PHONE} now", f"+86{PHONE}", f"86-{PHONE}", "138-1234-5678", "138 1234 5678",
     f"收件人{PHONE}，请电联"],
)  # fmt: skip
def test_a_phone_number_in_a_text_is_masked(text: str) -> None:
    assert "1**********" in masked(text)
    assert "5678" not in masked(text)


@pytest.mark.parametrize("text", ["SF1381234567890", "20261122013000123", "1381234567", "A-1-2"])
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_phones_are_masked_wherever_they_stand(written: io.StringIO) -> None:
    logger.info(f"to {PHONE}", one=PHONE, nested={"list": [{"deep": f"x {PHONE}"}], PHONE: 1})
    line = only_line(written)
    assert line["message"] == "to 1**********"
    assert line["one"] == "1**********"
    assert line["nested"] == {"list": [{"deep": "x 1**********"}], "1**********": 1}


def test_phones_in_the_arguments_of_a_message_are_masked(
    written: io.StringIO,
) -> None:
    logger.info("to %s at %s", PHONE, "noon")
    line = only_line(written)
    assert line["message"] == "to 1********** at noon"


def test_a_phone_that_is_a_number_or_in_an_object_is_masked(
    written: io.StringIO,
) -> None:
    class Buyer:
        def __repr__(self) -> str:
            return f"Buyer({PHONE})"

    logger.info("buyer", mobile=int(PHONE), who=Buyer())
    line = only_line(written)
    assert (line["mobile"], line["who"]) == ("1**********", "Buyer(1**********)")


def test_phones_in_an_exception_and_its_traceback_are_masked(
    written: io.StringIO,
) -> None:
    try:
        raise ValueError(f"no such buyer: {PHONE}")
    except ValueError:
        logger.exception("failed")
    line = only_line(written)
    assert "no such buyer: 1**********" in line["exception"]


def test_phones_in_lasting_keys_are_masked(written: io.StringIO) -> None:
    logger.append_keys(buyer=PHONE)
    logger.info("work")
    logger.remove_keys(["buyer"])
    line = only_line(written)
    assert line["buyer"] == "1**********"
