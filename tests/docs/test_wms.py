"""`docs/wms.md` tells an integrator what is so: the worked example, the methods, the figures."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl

from chalicelib.warehouse import callbacks, model
from chalicelib.warehouse.circuit import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
)
from chalicelib.warehouse.codec import deliveryorder, entryorder, inventory, ordercontrol
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.signing import METHODS, sign

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs/wms.md").read_text()


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\n(.*?)\n```", TEXT, re.DOTALL)
    assert found, name
    return found[1]


def test_the_worked_example_comes_out() -> None:
    query = parse_qsl(example("query"))
    body = example("body").encode()
    assert len(body) == 154
    told = dict(line.split() for line in example("sign").splitlines())
    assert set(told) == set(METHODS)
    for method, expected in told.items():
        asked = [(name, method if name == "sign_method" else value) for name, value in query]
        assert sign(asked, body, secret="oms-demo-secret-0123456789", method=method) == expected


def test_what_is_signed_is_what_the_example_shows() -> None:
    query, body = parse_qsl(example("query")), example("body")
    joined = "".join(name + value for name, value in sorted(query)) + body
    assert joined.startswith(example("signed").removesuffix("…"))


def test_every_method_in_both_directions_is_listed() -> None:
    incoming = {entryorder.CONFIRM, deliveryorder.CONFIRM, ordercontrol.REPORT, inventory.CHANGE}
    outgoing = {*model.METHODS.values(), inventory.QUERY}
    asking = {entryorder.QUERY, deliveryorder.QUERY, ordercontrol.QUERY}
    listed = set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", TEXT, re.MULTILINE))
    assert listed == incoming | outgoing
    assert all(f"`{method}`" in TEXT for method in asking)
    source = Path(str(callbacks.__file__)).read_text()
    assert source.count(": lambda received, request:") == len(incoming)


def test_the_figures_are_those_of_the_code() -> None:
    defaults = {
        field: Connection.__dataclass_fields__[field].default
        for field in ("window_seconds", "most_attempts", "sign_method", "method_prefix")
    }
    assert defaults == {
        "window_seconds": 600,
        "most_attempts": 12,
        "sign_method": "md5",
        "method_prefix": "taobao.qimen.",
    }
    assert (model.FIRST_DELAY_SECONDS, model.LONGEST_DELAY_SECONDS) == (5, 900)
    assert (FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS) == (5, 30, 600)
