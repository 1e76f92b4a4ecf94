"""Requests of people with a token: whatever stands in path, query and body, the answer is a 4xx
with a code, or what was asked for; never a 5xx.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.documents import as_json
from tests.http.office import TABLE, Office

READS = sorted(name for name, row in TABLE.items() if row is not None and name.startswith("GET"))
WRITES = sorted(
    name for name, row in TABLE.items() if row is not None and name.startswith(("POST", "PUT"))
)
WITH_BODY = [name for name in WRITES if (row := TABLE[name]) is not None and row.body]
NAMES = (
    "x" * 201,
    "x" * 3_000,
    "a\x00b",
    "a\nb",
    "../../x",
    "#",
    "-",
    "%",
    "订单",
    "\U0001f375",
    "' OR 1=1",
)
QUERIES = {
    "GET /v1/stock": ("warehouse", "sku", "bucket", "cursor"),
    "GET /v1/closes/{run}": ("warehouse",),
    "GET /v1/closes/{run}/comparisons": ("warehouse",),
    "GET /v1/messages": ("document", "outcome", "peer", "method", "day", "cursor"),
}
BODIES: dict[str, bytes] = {
    "broken": b"{",
    "not UTF-8": b'{"a":"\xff"}',
    "a list": b"[]",
    "null": b"null",
    "lists without end": b"[" * 100_000,
    "objects nested 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 5,000 digits": b'{"count":' + b"9" * 5_000 + b"}",
    "infinity": b'{"count":1e400,"buyer":"b"}',
}
FIELDS = ("hold", "reason", "lines", "day", "warehouse", "buyer", "count")
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**30,
    [],
    [None],
    [{}],
    {},
    "",
    "x" * 501,
    "x" * 100_000,
    "a\x00b",
    "\ud800",
    [{"sku": "\ud800", "quantity": 1, "value": "1.00"}],
    [{"sku": "x" * 5_000, "quantity": 1, "value": "1.00"}],
    [{"sku": "TEE", "quantity": 10**30, "value": "1.00"}],
    [{"sku": "TEE", "quantity": -1, "value": "1.00"}],
    [{"sku": "TEE", "quantity": 1, "value": 1.5}],
    [{"sku": "TEE", "quantity": 1, "value": "1.00", "batch": "b" * 5_000}],
)


def bearer(office: Office) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {office.site.seeded.tokens['operator']}",
        "content-type": "application/json",
    }


@pytest.mark.parametrize("name", [name for name in (*READS, *WRITES) if "{" in name])
@pytest.mark.parametrize("value", NAMES, ids=range(len(NAMES)))
def test_a_name_in_the_path_that_is_none_is_answered_4xx(
    office: Office, name: str, value: str
) -> None:
    verb, _, path = name.partition(" ")
    place = path[path.index("{") : path.index("}") + 1]
    target = path.replace(place, quote(value, safe=""))
    body = b"" if verb == "GET" else as_json({"hold": "M", "reason": "x", "warehouse": "WH-EAST"})
    answer = office.site.changes_nothing(
        lambda: office.site.send(verb, target, body=body, headers=bearer(office))
    )
    assert answer.status_code < 500, answer.body
    if answer.status_code >= 400:
        assert answer.json_body["code"]
    else:
        assert name == "GET /v1/entries/{document}"
        assert answer.json_body == {"entries": []}


@pytest.mark.parametrize("name", sorted(QUERIES))
@pytest.mark.parametrize("value", ("", *NAMES, "x" * 5_000), ids=range(len(NAMES) + 2))
def test_a_query_parameter_that_is_none_is_answered_4xx(
    office: Office, name: str, value: str
) -> None:
    good = {
        "warehouse": "WH-EAST",
        "bucket": "0",
        "peer": "tax",
        "method": "x",
        "day": "2026-11-22",
    }
    path = name.partition(" ")[2].replace("{run}", "2026-11-21")
    for parameter in QUERIES[name]:
        given = {key: each for key, each in good.items() if key in QUERIES[name]}
        query = given | {parameter: value}
        answer = office.site.ask(path, office.site.seeded.tokens["operator"], **query)
        assert answer.status_code < 500, (parameter, answer.body)


@pytest.mark.parametrize("name", WITH_BODY)
@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_json_object_is_answered_400(
    office: Office, name: str, case: str
) -> None:
    verb, _, path = name.partition(" ")
    for place, value in office.paths.items():
        path = path.replace(place, value)
    answer = office.site.changes_nothing(
        lambda: office.site.send(verb, path, body=BODIES[case], headers=bearer(office))
    )
    assert answer.status_code == 400, answer.body
    # A strict reader stops at the first field that it doesn't know.
    assert answer.json_body["code"] in ("malformed_json", "malformed_field", "unknown_field")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(WITH_BODY),
    body=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=4),
)
def test_no_value_of_a_field_makes_it_fail(office: Office, name: str, body: dict[str, Any]) -> None:
    verb, _, path = name.partition(" ")
    for place, value in office.paths.items():
        path = path.replace(place, value)
    sent = as_json(body, escaped=True)
    answer = office.site.send(verb, path, body=sent, headers=bearer(office))
    assert answer.status_code < 500, (body, answer.body)
    if answer.status_code >= 400:
        assert set(answer.json_body) <= {"code", "message", "field"}


def test_a_cursor_is_good_for_what_it_was_given_for_and_junk_is_refused(office: Office) -> None:
    for cursor in ("x", "%%%", "e30=", "W10=", "bnVsbA==", "0:x"):
        answer = office.site.ask(
            "/v1/messages", office.site.seeded.tokens["operator"], document="x", cursor=cursor
        )
        assert (cursor, answer.status_code) == (cursor, 400)
        assert answer.json_body["code"] == "malformed_cursor"


@pytest.mark.parametrize("suffix", [".answer", "/../x", "x", ""])
def test_only_an_id_of_a_message_is_looked_up(office: Office, suffix: str) -> None:
    known = office.paths["{message_id}"]
    wanted = f"{known}{suffix}" if suffix else known[:-1]
    for path in (
        f"/v1/messages/{quote(wanted, safe='')}",
        f"/v1/messages/{quote(wanted, safe='')}/raw",
    ):
        answer = office.site.ask(path)
        assert (answer.status_code, answer.json_body["code"]) == (404, "unknown_message")
