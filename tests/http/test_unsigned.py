"""Documents whose signature is missing, wrong or stale: 401, nothing changed, kept for some days
(T12).
"""

from __future__ import annotations

import pytest

from tests.http.documents import DOCUMENTS, as_json
from tests.http.world import OTHER_SHOP, SIGNED, Site


@pytest.fixture
def site(lasting_site: Site) -> Site:
    # A minute later, so that the wrong signatures of all tests are no flood.
    lasting_site.cloud.clock.forward(minutes=1)
    return lasting_site


ROUTES = sorted(SIGNED)
ANY_SIGNATURE = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

HEADERS = {
    # case: (the header, its value or None for none, code, field)
    "no client": ("oms-client", None, "unknown_client", "oms-client"),
    "an unknown client": ("oms-client", "nobody", "unknown_client", "oms-client"),
    "a client that is no code": ("oms-client", "../x", "unknown_client", "oms-client"),
    "an empty client": ("oms-client", "", "unknown_client", "oms-client"),
    "no id": ("webhook-id", None, "signature_missing", None),
    "an id with a full stop": ("webhook-id", "a.b", "signature_invalid", "webhook-id"),
    "another id": ("webhook-id", "msg_x", "signature_invalid", "webhook-signature"),
    "no timestamp": ("webhook-timestamp", None, "signature_missing", None),
    "not a number": ("webhook-timestamp", "NaN", "signature_invalid", "webhook-timestamp"),
    "too large a number": ("webhook-timestamp", "1e309", "signature_invalid", "webhook-timestamp"),
    "digits of another script": (
        "webhook-timestamp",
        "١٧٦٣٧٧٥٠٠٠",
        "signature_invalid",
        "webhook-timestamp",
    ),
    "no signature": ("webhook-signature", None, "signature_missing", None),
    "an empty signature": ("webhook-signature", "", "signature_missing", None),
    "a wrong signature": (
        "webhook-signature",
        ANY_SIGNATURE,
        "signature_invalid",
        "webhook-signature",
    ),
    "a signature not in ASCII": (
        "webhook-signature",
        "v1,签名",
        "signature_invalid",
        "webhook-signature",
    ),
}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("case", HEADERS)
def test_a_wrong_header_is_answered_401_and_changes_nothing(
    site: Site, path: str, case: str
) -> None:
    header, value, code, field = HEADERS[case]
    body = as_json(DOCUMENTS[path]())
    answer = site.changes_nothing(lambda: site.post(path, body, changes={header: value}))
    assert answer.status_code == 401
    assert (answer.json_body["code"], answer.json_body.get("field")) == (code, field)
    kept_as_unverified(site, answer.json_body["message_id"], body, code)


@pytest.mark.parametrize("path", ROUTES)
def test_the_signature_of_another_key_body_or_case_doesnt_fit(site: Site, path: str) -> None:
    body = as_json(DOCUMENTS[path]())
    headers = site.signed(path, body)
    signature = headers["webhook-signature"]
    wrong = {
        "another client's key": site.signed(path, body, key=site.key(OTHER_SHOP)),
        "truncated": headers | {"webhook-signature": signature[:-5]},
        "another version": headers | {"webhook-signature": signature.replace("v1,", "v2,")},
        "another case": headers | {"webhook-signature": signature.swapcase()},
        "another byte": site.signed(path, body + b" "),
        "the seventeenth": headers
        | {"webhook-signature": " ".join([ANY_SIGNATURE] * 16 + [signature])},
    }
    for case, tried in wrong.items():
        answer = site.changes_nothing(
            lambda tried=tried: site.send("POST", path, body=body, headers=tried)
        )
        assert (case, answer.status_code) == (case, 401)
        assert answer.json_body["code"] == "signature_invalid"
        kept_as_unverified(site, answer.json_body["message_id"], body, "signature_invalid")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("seconds", [-360, -301, 301, 360])
def test_a_timestamp_too_far_off_is_stale(site: Site, path: str, seconds: int) -> None:
    body = as_json(DOCUMENTS[path]())
    answer = site.changes_nothing(lambda: site.post(path, body, seconds=seconds))
    assert (answer.status_code, answer.json_body["code"]) == (401, "signature_stale")
    assert answer.json_body["field"] == "webhook-timestamp"
    kept_as_unverified(site, answer.json_body["message_id"], body, "signature_stale")


def kept_as_unverified(site: Site, message_id: str, body: bytes, code: str) -> None:
    shown = site.ask(f"/v1/messages/{message_id}")
    assert (shown.status_code, shown.json_body["outcome"]) == (200, "UNVERIFIED")
    assert shown.json_body["code"] == code
    assert site.raw(message_id) == body
