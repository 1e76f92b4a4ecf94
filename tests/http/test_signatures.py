"""Who may send documents, and what a wrong, old or repeated signature is answered (T12)."""

from __future__ import annotations

import json

import pytest

from chalicelib.aws.secrets import new_signing_secret
from chalicelib.catalog.model import ClientKind
from chalicelib.kernel.errors import Refused
from tests.http.documents import DOCUMENTS, as_json, order, sku
from tests.http.world import OTHER_SHOP, SHOP, SIGNED, Site

ROUTES = sorted(SIGNED)
ANY_SIGNATURE = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize("seconds", [-300, -240, 240, 300])
def test_a_timestamp_within_five_minutes_is_good(site: Site, seconds: int) -> None:
    assert site.post("/v1/orders", order(), seconds=seconds).status_code == 201


def test_while_a_key_is_changed_the_old_and_the_new_one_are_good(site: Site) -> None:
    old, new = site.key(SHOP), new_signing_secret()
    site.oms.secrets.put(f"clients/{SHOP}", json.dumps({"current": new, "previous": old}))
    for number, key in enumerate((new, old)):
        answer = site.post("/v1/orders", order(channel_order_id=f"R{number}"), key=key)
        assert answer.status_code == 201
    site.oms.secrets.put(f"clients/{SHOP}", json.dumps({"current": new}))
    answer = site.post("/v1/orders", order(channel_order_id="R2"), key=old)
    assert (answer.status_code, answer.json_body["code"]) == (401, "signature_invalid")


def test_several_signatures_are_good_if_one_of_them_fits(site: Site) -> None:
    body = as_json(order())
    headers = site.signed("/v1/orders", body)
    headers["webhook-signature"] = f"{ANY_SIGNATURE} {headers['webhook-signature']}"
    assert site.send("POST", "/v1/orders", body=body, headers=headers).status_code == 201


def test_a_client_that_is_inactive_or_without_a_key_isnt_let_in(site: Site) -> None:
    site.client("shop-old", ClientKind.SHOP, shop=SHOP, active=False)
    body = as_json(order())
    answer = site.changes_nothing(
        lambda: site.post("/v1/orders", body, client="shop-old", key=site.key(SHOP))
    )
    assert (answer.status_code, answer.json_body["code"]) == (401, "unknown_client")
    assert site.raw(answer.json_body["message_id"]) == body


@pytest.mark.parametrize("path", ROUTES)
def test_a_client_of_another_kind_is_forbidden(site: Site, path: str) -> None:
    body = as_json(DOCUMENTS[path]())
    for client in sorted(set(SIGNED.values()) - {SIGNED[path]}):
        answer = site.changes_nothing(lambda client=client: site.post(path, body, client=client))
        assert (answer.status_code, answer.json_body["code"]) == (403, "wrong_client_kind")
        assert site.raw(answer.json_body["message_id"]) == body
        assert (site.logged()[-1]["outcome"], site.logged()[-1]["code"]) == (
            "REFUSED",
            "wrong_client_kind",
        )


def test_a_shop_that_nobody_set_up_has_no_client(site: Site) -> None:
    with pytest.raises(Refused) as caught:
        site.client("shop-new", ClientKind.SHOP, shop="shop-new")
    assert caught.value.code == "unknown_shop"
    body = as_json(order())
    answer = site.changes_nothing(
        lambda: site.post("/v1/orders", body, client="shop-new", key=site.key(SHOP))
    )
    assert (answer.status_code, answer.json_body["code"]) == (401, "unknown_client")


# --- replays


@pytest.mark.parametrize("path", ROUTES)
def test_a_replay_is_answered_as_the_first_time_and_does_nothing(site: Site, path: str) -> None:
    site.ready_for(path)
    body = as_json(DOCUMENTS[path]())
    headers = site.signed(path, body)
    first = site.send("POST", path, body=body, headers=headers)
    assert first.status_code in (200, 201)
    site.cloud.clock.forward(seconds=299)
    again = site.changes_nothing(lambda: site.send("POST", path, body=body, headers=headers))
    assert (again.status_code, again.body) == (200, first.body)
    assert site.logged()[-1]["outcome"] == "DUPLICATE"
    site.cloud.clock.forward(seconds=2)
    late = site.changes_nothing(lambda: site.send("POST", path, body=body, headers=headers))
    assert (late.status_code, late.json_body["code"]) == (401, "signature_stale")


def test_an_old_message_of_the_product_system_cant_be_played_back_over_a_newer_one(
    site: Site,
) -> None:
    old = as_json({"skus": [sku(name="old name")]})
    headers = site.signed("/v1/skus", old)
    first = site.send("POST", "/v1/skus", body=old, headers=headers)
    assert site.post("/v1/skus", {"skus": [sku(name="new name")]}).status_code == 200
    again = site.changes_nothing(lambda: site.send("POST", "/v1/skus", body=old, headers=headers))
    assert (again.status_code, again.body) == (200, first.body)
    site.cloud.clock.forward(minutes=1)
    assert site.oms.catalog.sku("TEE").name == "new name"


def test_the_same_content_under_a_new_id_is_a_new_word_of_the_product_system(site: Site) -> None:
    for name in ("old name", "new name", "old name"):
        assert site.post("/v1/skus", {"skus": [sku(name=name)]}).status_code == 200
    site.cloud.clock.forward(minutes=1)
    assert site.oms.catalog.sku("TEE").name == "old name"


def test_a_replay_under_the_name_of_another_client_doesnt_fit(site: Site) -> None:
    body = as_json(order())
    headers = site.signed("/v1/orders", body)
    assert site.send("POST", "/v1/orders", body=body, headers=headers).status_code == 201
    stolen = headers | {"oms-client": OTHER_SHOP}
    answer = site.changes_nothing(
        lambda: site.send("POST", "/v1/orders", body=body, headers=stolen)
    )
    assert (answer.status_code, answer.json_body["code"]) == (401, "signature_invalid")


def test_the_same_order_with_other_content_is_a_conflict(site: Site) -> None:
    site.placed()
    body = as_json(order(freight="7.00", payable="125.00"))
    answer = site.changes_nothing(lambda: site.post("/v1/orders", body))
    assert (answer.status_code, answer.json_body["code"]) == (409, "order_differs")
    assert site.raw(answer.json_body["message_id"]) == body


# --- floods


def test_a_flood_of_wrong_signatures_is_stopped_and_the_client_itself_isnt_locked_out(
    site: Site,
) -> None:
    body = b"{}"
    wrong = site.signed("/v1/orders", body, changes={"webhook-signature": ANY_SIGNATURE})
    answers = [
        site.send("POST", "/v1/orders", body=body, headers=wrong).status_code for _ in range(62)
    ]
    assert answers == [401] * 60 + [429] * 2
    kept = len(site.logged())
    refused = site.send("POST", "/v1/orders", body=body, headers=wrong)
    assert refused.json_body["code"] == "too_many_unverified"
    assert len(site.logged()) == kept
    assert site.post("/v1/orders", order()).status_code == 201
    site.cloud.clock.forward(minutes=1)
    answer = site.post("/v1/orders", body, changes={"webhook-signature": ANY_SIGNATURE})
    assert answer.status_code == 401


def test_a_flood_under_ever_new_names_is_stopped_too(site: Site) -> None:
    answers = [
        site.post("/v1/orders", b"{}", changes={"oms-client": f"nobody-{number}"}).status_code
        for number in range(62)
    ]
    assert answers == [401] * 60 + [429] * 2
    assert {row["peer"] for row in site.logged()[2:]} == {"client:unknown"}
