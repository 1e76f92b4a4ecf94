"""Setting a connection up: what can't be used is refused by name, keys go to the secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.aws.secrets import _values
from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.connecting import Connecting, check
from chalicelib.warehouse.dialect import Quantities
from chalicelib.warehouse.signing import sign
from chalicelib.warehouse.xml import read
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock
from tests.warehouse.world import World, connection, reserved


def test_a_usual_connection_is_fine() -> None:
    check(connection("W1"))
    check(
        connection(
            "W1", dialect="wangdiantong", zone="Asia/Tokyo", declaration=False, method_prefix=""
        )
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "a/b"}, "malformed_code"),
        ({"url": "ftp://wms/"}, "malformed_url"),
        ({"url": "wms"}, "malformed_url"),
        ({"dialect": "klingon"}, "unknown_dialect"),
        ({"zone": "Asia/Nowhere"}, "malformed_setting"),
        ({"sign_method": "sha1"}, "malformed_setting"),
        ({"callback_sign_methods": ()}, "malformed_setting"),
        ({"callback_sign_methods": ("md5", "sha1")}, "malformed_setting"),
        ({"timeout_seconds": 0}, "out_of_range"),
        ({"timeout_seconds": 51}, "out_of_range"),
        ({"slow_seconds": -1}, "out_of_range"),
        ({"window_seconds": 0}, "out_of_range"),
        ({"most_attempts": 0}, "out_of_range"),
    ],
)
def test_a_setting_that_cant_be_used_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        check(replace(connection("W1"), **changes))
    assert (caught.value.code, caught.value.field) == (code, next(iter(changes)))


def test_a_connection_says_things_as_its_dialect_does_unless_it_says_otherwise() -> None:
    plain, other = connection("W1", dialect="wangdiantong"), connection("W1")
    assert (plain.quantities, other.quantities) == (Quantities.POSITIVE, Quantities.SIGNED)
    assert (plain.prefix, connection("W1", method_prefix="").prefix) == ("taobao.qimen.", "")
    assert plain.spelling.declaration
    assert not connection("W1", declaration=False).spelling.declaration
    assert plain.spelling is connection("W2", dialect="wangdiantong").spelling


class Kept:
    """Secrets as `aws.secrets.SecretsManager` keeps them: its text, read as it reads it."""

    def __init__(self, **texts: str) -> None:
        self.texts = {name.replace("_", "/", 1): text for name, text in texts.items()}

    def current(self, name: str) -> tuple[str, ...]:
        text = self.texts.get(name)
        return () if text is None else _values(text)

    def put(self, name: str, text: str) -> None:
        self.texts[name] = text


def connecting(kept: Kept) -> Connecting:
    return Connecting(transaction=MemoryTables(), secrets=kept, clock=SettableClock())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"takes_shops": True}, ["W1"]),
        ({"takes_warehouses": True}, ["W1"]),
        ({"takes_shops": True, "takes_warehouses": True}, ["W1"]),
        ({"takes_shops": True, "active": False}, []),
    ],
)
def test_a_connection_that_takes_shops_or_warehouses_says_that_it_has_changed(
    changes: dict[str, bool], told: list[str]
) -> None:
    tables = MemoryTables()
    setting_up = Connecting(transaction=tables, secrets=Kept(wms_W1="key"), clock=SettableClock())
    setting_up.connect(connection("W1", **changes))
    assert [event.data["wms"] for event in tables.events] == told


def test_while_a_secret_is_changed_both_are_accepted_and_the_new_one_signs() -> None:
    world, kept = World(), Kept(wms_W1="old")
    world.know_items()

    def taken() -> None:
        for name in ("W1", "W1-callback"):
            world.secrets.values[name] = kept.current("wms/W1")

    assert connecting(kept).rotate("W1", secret="new") == ["wms/W1"]
    taken()
    body = b"<request><items><item><itemCode>A</itemCode></item></items></request>"

    def code(secret: str) -> str:
        head = world.head("stockchange.report", body, "W1", sign="-")
        query = [pair for pair in head.query if pair[0] != "sign"]
        signed = [*query, ("sign", sign(query, body, secret=secret, method="md5"))]
        answer = world.callbacks.receive("W1", replace(head, query=tuple(signed)), body).xml
        return read(answer, root="response").text("code") or ""

    assert [code(secret) for secret in ("old", "new", "newer")] == [
        "missing_element",
        "missing_element",
        "wrong_signature",
    ]
    no = world.order(("A", 1, "1.00"))
    world.handle(reserved(no))
    (row,) = world.log.of_document(no).items
    query = parse_qsl(urlsplit(world.log.raw(row["id"]).head.url).query, keep_blank_values=True)
    own = [pair for pair in query if pair[0] != "sign"]
    raw = world.log.raw(row["id"]).body
    assert dict(query)["sign"] == sign(own, raw, secret="new", method="md5")
    assert connecting(kept).finish("W1") == ["wms/W1"]
    taken()
    assert [code(secret) for secret in ("old", "new")] == ["wrong_signature", "missing_element"]


def test_a_callback_secret_is_changed_by_itself() -> None:
    kept = Kept(**{"wms_W1": "a", "wms_W1-callback": "b"})
    assert connecting(kept).rotate("W1", callback_secret="c") == ["wms/W1-callback"]
    assert (kept.current("wms/W1"), kept.current("wms/W1-callback")) == (("a",), ("c", "b"))


def test_changing_to_the_same_secret_or_finishing_twice_changes_nothing() -> None:
    kept = Kept(wms_W1="old")
    connecting(kept).rotate("W1", secret="new")
    connecting(kept).rotate("W1", secret="new")
    assert kept.current("wms/W1") == ("new", "old")
    connecting(kept).finish("W1")
    assert connecting(kept).finish("W1") == []
    assert kept.current("wms/W1") == ("new",)


def test_a_key_that_isnt_there_isnt_changed_nor_half_of_them() -> None:
    kept = Kept(wms_W1="old")
    with pytest.raises(Refused) as caught:
        connecting(kept).rotate("W1", secret="new", callback_secret="new")
    assert (caught.value.code, caught.value.field) == ("secret_missing", "callback_secret")
    assert kept.current("wms/W1") == ("old",)
    with pytest.raises(Refused):
        connecting(kept).rotate("W1")
