"""Bodies come through API Gateway byte for byte, whatever type their senders give them: signatures
over the bytes fit, and the bytes that are kept are the bytes that were sent.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.kernel.clock import business_date
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from chalicelib.kernel.webhooks import sign as sign_webhook
from chalicelib.warehouse.signing import sign as sign_qimen
from chalicelib.warehouse.texts import write_time
from local.demo.api import Api, Reply
from local.seeding import EAST
from tests.cloud.site import Site
from tests.http.documents import purchase, sku, supplier
from tests.http.qimen import SUCCESS, Said, entry

TYPES = (
    "text/xml",
    "application/xml; charset=GBK",
    "text/plain; charset=ISO-8859-1",
    "application/json",
    "application/json; charset=utf-8",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "image/png",
    "no type at all",
)
NO_TYPE = (None, "")
EVERY_BYTE = bytes(range(256))


@pytest.fixture(scope="module")
def purchased(site: Site) -> str:
    """A purchase order that WH-EAST may speak of."""
    assert sent(site, "/v1/skus", {"skus": [sku("GATE")]}, "pim-demo").status == 200
    assert sent(site, "/v1/suppliers", {"suppliers": [supplier()]}, "pim-demo").status == 200
    lines = [{**purchase()["lines"][0], "sku": "GATE", "quantity": 1_000}]
    body = purchase(id=f"PO-{uuid.uuid4().hex}", lines=lines)
    answer = sent(site, "/v1/purchase-orders", body, "erp-purchasing")
    return str(answer.json()["purchase_order"])


@pytest.mark.parametrize("kind", TYPES)
def test_a_gbk_callback_is_verified_booked_and_kept_as_its_own_bytes(
    site: Site, purchased: str, kind: str
) -> None:
    text = entry(
        purchased, ("1", "GATE", 1), out=uuid.uuid4().hex, more="<remark>收货：龙井</remark>"
    )
    body = ('<?xml version="1.0" encoding="GBK"?>' + text).encode("gbk")
    answer = request(site, callback(site, body), body, typed(kind))
    assert answer.status == 200
    assert said(answer) == SUCCESS
    kept_exactly(site, f"wms:{EAST}", "entryorder.confirm", body)


@pytest.mark.parametrize("kind", NO_TYPE)
def test_without_a_type_utf_8_is_exact_and_gbk_is_refused_rather_than_misread(
    site: Site, purchased: str, kind: str | None
) -> None:
    # The embedded cloud's gateway reads a body without a type as UTF-8 text, whatever the API calls
    # binary; AWS documents application/json as the default, which our `*/*` takes in as bytes.
    text = entry(purchased, ("1", "GATE", 1), out=uuid.uuid4().hex, more="<remark>收货</remark>")
    body = text.encode()
    assert said(request(site, callback(site, body), body, typed(kind))) == SUCCESS
    kept_exactly(site, f"wms:{EAST}", "entryorder.confirm", body)
    damaged = ('<?xml version="1.0" encoding="GBK"?>' + text).encode("gbk")
    answer = request(site, callback(site, damaged), damaged, typed(kind))
    assert (answer.status, said(answer).code) == (200, "wrong_signature")


@pytest.mark.parametrize("accept", [None, "*/*", "text/xml", "application/json", "image/png"])
def test_a_wms_is_answered_in_xml_whatever_it_says_it_accepts(
    site: Site, accept: str | None
) -> None:
    body = b"<request/>"
    headers = typed("text/xml") | ({} if accept is None else {"Accept": accept})
    answer = request(site, callback(site, body), body, headers)
    assert (answer.status, said(answer).code) == (200, "missing_element")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize("kind", (*TYPES, *NO_TYPE))
def test_a_signed_json_document_is_verified_and_kept_as_its_own_bytes(
    site: Site, kind: str | None
) -> None:
    given = sku(f"G-{uuid.uuid4().hex[:8]}", name="龙井茶 🍵 “特级”")
    body = json.dumps({"skus": [given]}, ensure_ascii=False, indent=1).encode()
    answer = request(site, "/v1/skus", body, typed(kind) | signature(site, "pim-demo", body))
    assert answer.status == 200, answer.body
    assert raw(site, answer.headers["oms-message-id"]) == body
    kept_exactly(site, "client:pim-demo", "skus", body)


@pytest.mark.parametrize("kind", TYPES)
def test_bytes_that_are_no_text_come_through_unchanged(site: Site, kind: str) -> None:
    body = EVERY_BYTE + uuid.uuid4().bytes
    answer = request(site, "/v1/skus", body, typed(kind) | signature(site, "pim-demo", body))
    # Refused for what it says: so its signature was right.
    assert (answer.status, answer.json()["code"]) == (400, "malformed_json")
    assert raw(site, answer.json()["message_id"]) == body


def test_one_changed_byte_breaks_the_signature(site: Site) -> None:
    body = json.dumps({"skus": []}).encode()
    headers = signature(site, "pim-demo", body)
    answer = request(site, "/v1/skus", body + b"\n", headers)
    assert (answer.status, answer.json()["code"]) == (401, "signature_invalid")
    assert raw(site, answer.json()["message_id"]) == body + b"\n"


def typed(kind: str | None) -> dict[str, str]:
    return {} if kind is None else {"Content-Type": kind}


def signature(site: Site, client: str, body: bytes) -> dict[str, str]:
    message_id, timestamp = f"msg_{uuid.uuid4().hex}", int(time.time())
    secret = site.seeded.client_secrets[client]
    return {
        "oms-client": client,
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: sign_webhook(secret, message_id, timestamp, body),
    }


def callback(site: Site, body: bytes) -> str:
    """The target of a signed entryorder.confirm of WH-EAST."""
    place = next(each for each in site.seeded.warehouses if each.code == EAST)
    query = {
        "method": "taobao.qimen.entryorder.confirm",
        "timestamp": write_time(site.oms.clock.now()),
        "format": "xml",
        "app_key": place.app_key,
        "v": "2.0",
        "sign_method": "md5",
        "customerId": place.customer_id,
        "备注": "收 货+&=",
    }
    query["sign"] = sign_qimen(list(query.items()), body, secret=place.secret, method="md5")
    return f"/wms/{EAST}/qimen?{urlencode(query)}"


def request(site: Site, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """A POST with these headers and no others: urllib would add a type."""
    url = urlsplit(site.deployment.api_url)
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        connection.putrequest("POST", url.path + path, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(status=answer.status, headers=dict(answer.headers), body=answer.read())
    finally:
        connection.close()


def sent(site: Site, path: str, body: Mapping[str, object], client: str) -> Reply:
    text = json.dumps(body).encode()
    return request(site, path, text, typed("application/json") | signature(site, client, text))


def said(answer: Reply) -> Said:
    def text(name: str) -> str:
        return answer.body.decode().partition(f"<{name}>")[2].partition("<")[0]

    return Said(flag=text("flag"), code=text("code"), message=text("message"))


def raw(site: Site, message_id: str) -> bytes:
    api = Api(url=site.deployment.api_url, token=site.seeded.tokens["raw"])
    return api.get_bytes(f"/v1/messages/{message_id}/raw")


def kept_exactly(site: Site, peer: str, method: str, body: bytes) -> None:
    """The log has it under its digest, accepted, and gives the same bytes."""
    day = business_date(site.oms.clock.now()).isoformat()
    listed = site.api.get("/v1/messages", peer=peer, method=method, day=day)["messages"]
    wanted = hashlib.sha256(body).hexdigest()
    (found,) = [each for each in listed if each["sha256"] == wanted]
    assert found["outcome"] == "ACCEPTED"
    assert found["size"] == len(body)
    assert raw(site, found["id"]) == body
