"""Setting a connection up: what can't be used is refused by name, keys go to the secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.connecting import check
from chalicelib.warehouse.dialect import Quantities
from tests.warehouse.world import connection


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
        ({"timeout_seconds": 0}, "malformed_setting"),
        ({"timeout_seconds": 51}, "malformed_setting"),
        ({"slow_seconds": -1}, "malformed_setting"),
        ({"window_seconds": 0}, "malformed_setting"),
        ({"most_attempts": 0}, "malformed_setting"),
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
