"""Bodies that can't be taken, rightly signed: each is refused with its code and field, changes
nothing, and is found again byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.http.documents import DOCUMENTS, as_json
from tests.http.refusing import refused
from tests.http.world import SIGNED, Site

ROUTES = sorted(SIGNED)
LIMIT = 1024 * 1024


@pytest.fixture
def site(lasting_site: Site) -> Site:
    return lasting_site


UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "blank": lambda good: b" \n",
    "broken": lambda good: good[:-1],
    "something behind it": lambda good: good + b"x",
    "a byte order mark": lambda good: b"\xef\xbb\xbf" + good,
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "GBK": lambda good: good[:-1] + ',"x":"收货"}'.encode("gbk"),
    "not UTF-8": lambda good: good.replace(b'":', b'\xff":', 1),
    "half a surrogate pair": lambda good: good.replace(b'":', b'\\ud800":', 1),
    "a raw NUL": lambda good: good.replace(b'":', b'\x00":', 1),
    "single quotes": lambda good: good.replace(b'"', b"'"),
    "not a number": lambda good: good[:-1] + b',"x":NaN}',
    "infinity": lambda good: good[:-1] + b',"x":-Infinity}',
    "a comment": lambda good: good[:-1] + b"/* x */}",
    "XML": lambda good: b"<request/>",
}

OF_ANOTHER_TYPE = {
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "a text": b'"a"',
    "true": b"true",
    "lists without end": b"[" * 100_000,
    "lists nested 50,000 deep": b"[" * 50_000 + b"]" * 50_000,
}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_json_is_refused(site: Site, path: str, case: str) -> None:
    body = UNREADABLE[case](as_json(DOCUMENTS[path]()))
    code, field = refused(site, path, body, 400)
    # Whichever the reader meets first: the mistake, or the name that it makes unknown.
    assert (code, field) in (("malformed_json", None), ("unknown_field", "x"))
    assert case in ("not a number", "infinity", "GBK", "a comment") or code == "malformed_json"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("case", OF_ANOTHER_TYPE)
def test_json_of_another_type_is_refused(site: Site, path: str, case: str) -> None:
    code, field = refused(site, path, OF_ANOTHER_TYPE[case], 400)
    assert code == ("malformed_field" if path == "/v1/orders" else "malformed_field")
    assert field is None


@pytest.mark.parametrize("path", ROUTES)
def test_an_object_without_end_is_refused(site: Site, path: str) -> None:
    assert refused(site, path, b'{"a":' * 50_000, 400) == ("unknown_field", "a")


@pytest.mark.parametrize("path", ROUTES)
def test_a_field_that_stands_twice_is_refused_wherever_it_is(site: Site, path: str) -> None:
    good = as_json(DOCUMENTS[path]())
    first = good[1 : good.index(b":")].decode().strip('"')
    again = f'{{"{first}":null,'.encode() + good[1:]
    assert refused(site, path, again, 400) == ("repeated_field", first)
    nested = good.replace(b"[{", b'[{"sku":"A","sku":"A",', 1)
    if nested != good:
        assert refused(site, path, nested, 400) == ("repeated_field", "sku")


@pytest.mark.parametrize("path", ROUTES)
def test_an_unknown_field_is_refused_and_its_name_shown_without_what_may_be_personal(
    site: Site, path: str
) -> None:
    good = as_json(DOCUMENTS[path]())
    assert refused(site, path, good[:-1] + b',"colour":1}', 400) == ("unknown_field", "colour")
    code, field = refused(site, path, good[:-1] + ',"张三 13712345678":1}'.encode(), 400)
    assert code == "unknown_field"
    assert field is not None
    assert "张" not in field
    assert "12345678" not in field


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("signed", [True, False])
def test_a_body_over_the_limit_is_answered_413_and_kept(
    site: Site, path: str, signed: bool
) -> None:
    body = as_json(DOCUMENTS[path]()).ljust(LIMIT + 1)
    changes = {} if signed else {"webhook-signature": "v1,AAAA"}
    answer = site.changes_nothing(lambda: site.post(path, body, changes=changes))
    assert (answer.status_code, answer.json_body["code"]) == (413, "body_too_large")
    assert site.raw(answer.json_body["message_id"]) == body
    assert site.logged()[-1]["outcome"] == "UNVERIFIED"


@pytest.mark.parametrize("path", ROUTES)
def test_a_body_of_exactly_the_limit_is_taken(site: Site, path: str) -> None:
    site.ready_for(path)
    answer = site.post(path, as_json(placed_as(path, "LIMIT")).ljust(LIMIT))
    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/xml", "application/json"])
def test_the_type_that_a_caller_gives_its_body_doesnt_matter(
    site: Site, path: str, kind: str | None
) -> None:
    site.ready_for(path)
    document = placed_as(path, f"TYPE-{kind}")
    answer = site.post(path, document, changes={"content-type": kind})
    assert answer.status_code in (200, 201)


def placed_as(path: str, name: str) -> dict[str, Any]:
    """A good document; an order or a purchase order under an id of its own."""
    identity = {
        "/v1/orders": "channel_order_id",
        "/v1/purchase-orders": "id",
        "/v1/movement-orders": "id",
    }
    return DOCUMENTS[path](**({identity[path]: name} if path in identity else {}))
