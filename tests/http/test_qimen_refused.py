"""Callbacks of a WMS that can't be taken: HTTP 200 and XML with `failure` and the reason, nothing
changed, and the message found again byte for byte. Never an exception, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import bootstrap
from chalicelib.warehouse.parsing import MOST_BYTES
from tests.fakes.cloud import Cloud
from tests.http.documents import purchase
from tests.http.qimen import Said, delivery, entry, said, step
from tests.http.world import EAST, Site
from tests.warehouse.test_xml import ATTACKS

METHODS = (
    "entryorder.confirm",
    "deliveryorder.confirm",
    "orderprocess.report",
    "stockchange.report",
)


class Refusing:
    """A site with a fulfilment and a purchase order that a WMS could speak of."""

    def __init__(self, cloud: Cloud) -> None:
        self.site = Site(cloud)
        self.site.master_data()
        self.site.in_stock()
        self.fulfilment = self.site.at_the_warehouse()
        answer = self.site.post("/v1/purchase-orders", purchase())
        self.purchase_order = str(answer.json_body["purchase_order"])


@pytest.fixture(scope="module")
def lasting(fresh_cloud: Callable[[], Cloud]) -> Iterator[Refusing]:
    """One for all tests here: none of them may change anything."""
    made = Refusing(fresh_cloud())
    try:
        yield made
    finally:
        bootstrap.reset()


@pytest.fixture
def refusing(lasting: Refusing) -> Refusing:
    # A minute later, so that the wrong signatures of all tests are no flood.
    lasting.site.cloud.clock.forward(minutes=1)
    return lasting


@pytest.mark.parametrize("name", ATTACKS)
def test_a_document_that_isnt_read_is_refused_and_kept(refusing: Refusing, name: str) -> None:
    body, code = ATTACKS[name]
    outcome = "UNVERIFIED" if code == "body_too_large" else "REFUSED"
    answer = refused(refusing.site, "deliveryorder.confirm", body, outcome=outcome)
    assert answer.code == code


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"{}", "malformed_xml"),
        (b"<request>", "malformed_xml"),
        (b"<response/>", "wrong_root"),
        (b"<request/>", "missing_element"),
    ],
)
def test_every_method_refuses_what_is_no_document_of_it(
    refusing: Refusing, method: str, body: bytes, code: str
) -> None:
    assert refused(refusing.site, method, body).code == code


@pytest.mark.parametrize("method", METHODS)
def test_a_body_over_the_limit_is_refused_before_it_is_read_and_kept(
    refusing: Refusing, method: str
) -> None:
    body = b"<request/>".ljust(MOST_BYTES + 1)
    answer = refused(refusing.site, method, body, outcome="UNVERIFIED")
    assert answer.code == "body_too_large"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"sign": None}, "missing_signature", "sign"),
        ({"sign": ""}, "missing_signature", "sign"),
        ({"sign": "0" * 32}, "wrong_signature", "sign"),
        ({"sign": "签名"}, "wrong_signature", "sign"),
        ({"sign_method": "none"}, "unknown_sign_method", "sign_method"),
        ({"sign_method": None}, "unknown_sign_method", "sign_method"),
        ({"app_key": "key-wh-south"}, "unknown_app_key", "app_key"),
        ({"app_key": None}, "unknown_app_key", "app_key"),
        ({"customerId": "demo-wh-south"}, "unknown_customer", "customerId"),
        ({"customerId": "DEMO-WH-EAST"}, "unknown_customer", "customerId"),
        ({"timestamp": "2026-11-21 00:00:00"}, "stale_timestamp", "timestamp"),
        ({"timestamp": "2026-11-23 00:00:00"}, "stale_timestamp", "timestamp"),
        ({"timestamp": "yesterday"}, "malformed_timestamp", "timestamp"),
        ({"timestamp": None}, "malformed_timestamp", "timestamp"),
    ],
)
def test_who_cant_be_trusted_is_told_why_and_changes_nothing(
    refusing: Refusing, changes: dict[str, str | None], code: str, field: str
) -> None:
    body = delivery(refusing.fulfilment, ("1", "TEE", 2))
    answer = refused(
        refusing.site, "deliveryorder.confirm", body.encode(), outcome="UNVERIFIED", **changes
    )
    assert answer.code == code
    assert answer.message.startswith(f"{field}: ")


def test_the_signature_is_over_the_bytes_and_the_parameters_as_sent(refusing: Refusing) -> None:
    site, body = refusing.site, step(refusing.fulfilment, "PICK").encode()
    target = site.qimen_target("orderprocess.report", body)
    for path, sent in (
        (target, body + b" "),
        (target + "&extra=1", body),
        (target.replace("format=xml", "format=XML"), body),
        (target.replace("sign=", "Sign="), body),
    ):
        answer = site.changes_nothing(
            lambda path=path, sent=sent: site.send(
                "POST", path, body=sent, headers={"content-type": "text/xml"}
            )
        )
        assert said(answer).code in ("wrong_signature", "missing_signature")
    answer = site.send("POST", target + "&sign=X", body=body, headers={"content-type": "text/xml"})
    assert said(answer).code == "repeated_parameter"


@pytest.mark.parametrize("method", ["order.destroy", "", "deliveryorder.create", "x" * 3000])
def test_an_unknown_method_is_refused(refusing: Refusing, method: str) -> None:
    answer = refused(refusing.site, method, b"<request/>", logged_as="unknown")
    assert (answer.code, answer.message[:8]) == ("unknown_method", "method: ")


@pytest.mark.parametrize("wms", ["WH-NORTH", "wh-east", "..%2fWH-EAST", "W%00", "x" * 300, "收货"])
def test_an_unknown_wms_is_refused(refusing: Refusing, wms: str) -> None:
    site, body = refusing.site, b"<request/>"
    target = site.qimen_target("orderprocess.report", body).replace(f"/{EAST}/", f"/{wms}/")
    answer = site.changes_nothing(
        lambda: site.send("POST", target, body=body, headers={"content-type": "text/xml"})
    )
    assert said(answer).code == "unknown_wms"
    row = site.logged()[-1]
    assert (row["peer"], row["outcome"]) == ("wms:unknown", "UNVERIFIED")
    assert site.raw(row["id"]) == body


@pytest.mark.parametrize(
    "code", ["2611221234567890123", "2611221234567890123-01", "PO261122123456789"]
)
def test_goods_under_a_number_of_our_form_that_nobody_has_are_refused(
    refusing: Refusing, code: str
) -> None:
    body = entry(code, ("1", "TEE", 1))
    assert refused(refusing.site, "entryorder.confirm", body.encode()).code == "unknown_order"


@pytest.mark.parametrize("code", ["NONE", "2611221234567890123-01", "#", "-", "订单"])
@pytest.mark.parametrize("method", METHODS[1:3])
def test_an_order_that_the_oms_doesnt_know_is_refused(
    refusing: Refusing, method: str, code: str
) -> None:
    body = {
        "deliveryorder.confirm": delivery(code, ("1", "TEE", 1)),
        "orderprocess.report": step(code, "PICK"),
    }[method]
    assert refused(refusing.site, method, body.encode()).code == "unknown_order"


def test_the_order_of_another_wms_is_as_unknown_as_one_that_nobody_has(refusing: Refusing) -> None:
    site = refusing.site
    for body, method in (
        (delivery(refusing.fulfilment, ("1", "TEE", 1)), "deliveryorder.confirm"),
        (entry(refusing.purchase_order, ("1", "TEE", 1)), "entryorder.confirm"),
        (step(refusing.fulfilment, "PICK"), "orderprocess.report"),
    ):
        theirs = said(
            site.changes_nothing(
                lambda method=method, body=body: site.callback(method, body, wms="WH-SOUTH")
            )
        )
        nobodys = body.replace(refusing.fulfilment, "N").replace(refusing.purchase_order, "N")
        assert theirs == said(site.callback(method, nobodys, wms="WH-SOUTH"))
        assert theirs.code == "unknown_order"


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("-1", "negative_quantity"),
        ("1.5", "malformed_quantity"),
        ("1e3", "malformed_quantity"),
        ("١", "malformed_quantity"),
        ("9" * 30, "malformed_quantity"),
        ("", "missing_element"),
        ("null", "missing_element"),
    ],
)
def test_a_quantity_that_is_none_is_refused_with_its_place(
    refusing: Refusing, quantity: str, code: str
) -> None:
    for method, good in (
        ("deliveryorder.confirm", delivery(refusing.fulfilment, ("1", "TEE", 7))),
        ("entryorder.confirm", entry(refusing.purchase_order, ("1", "TEE", 7))),
    ):
        body = good.replace("<actualQty>7<", f"<actualQty>{quantity}<")
        answer = refused(refusing.site, method, body.encode())
        assert answer.code == code
        assert "/request/orderLines/orderLine[1]/actualQty" in answer.message


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(lambda text: f"<request>{text}</request>".encode()),
    ),
    method=st.sampled_from(METHODS),
)
def test_no_body_at_all_makes_it_fail(refusing: Refusing, body: bytes, method: str) -> None:
    answer = said(refusing.site.callback(method, body))
    assert (answer.flag, answer.code == "unavailable") == ("failure", False)


def test_a_flood_of_wrong_signatures_is_stopped_and_the_wms_itself_isnt_locked_out(
    refusing: Refusing,
) -> None:
    site, body = refusing.site, step("NONE", "PICK")
    codes = [
        said(site.callback("orderprocess.report", body, sign="0" * 32)).code for _ in range(62)
    ]
    assert codes == ["wrong_signature"] * 60 + ["too_many_unverified"] * 2
    kept = len(site.logged())
    site.callback("orderprocess.report", body, sign="0" * 32)
    assert len(site.logged()) == kept
    assert said(site.callback("orderprocess.report", body)).code == "unknown_order"
    assert len(site.logged()) == kept + 1


def test_a_flood_under_ever_new_names_is_stopped_too(refusing: Refusing) -> None:
    site, body = refusing.site, b"<request/>"
    target = site.qimen_target("orderprocess.report", body)
    codes = [
        said(
            site.send(
                "POST",
                target.replace(f"/{EAST}/", f"/X{number}/"),
                body=body,
                headers={"content-type": "text/xml"},
            )
        ).code
        for number in range(62)
    ]
    assert codes == ["unknown_wms"] * 60 + ["too_many_unverified"] * 2


def refused(
    site: Site,
    method: str,
    body: bytes,
    *,
    outcome: str = "REFUSED",
    logged_as: str = "",
    **changes: str | None,
) -> Said:
    """The answer to a callback that changed nothing and is in the log."""
    answer = site.changes_nothing(lambda: site.callback(method, body, **changes))
    assert b"Traceback" not in answer.body
    row = site.logged()[-1]
    given = said(answer)
    assert given.flag == "failure"
    assert (row["outcome"], row["code"]) == (outcome, given.code)
    assert (row["peer"], row["method"]) == (f"wms:{EAST}", logged_as or method)
    assert site.ask(f"/v1/messages/{row['id']}").json_body["code"] == given.code
    assert site.raw(row["id"]) == body
    return given
