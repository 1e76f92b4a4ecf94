"""`docs/wms.md` tells an integrator what is so: the worked example, the methods, the figures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

from chalicelib.catalog.model import Warehouse
from chalicelib.warehouse import callbacks, methods, model
from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.circuit import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
)
from chalicelib.warehouse.connecting import check
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.dialects.qimen import QIMEN
from chalicelib.warehouse.messagetype import Direction
from chalicelib.warehouse.signing import METHODS, sign
from docs.generate.messages import untested
from local.cli.reading import as_document

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
TEXT = (DOCS / "wms.md").read_text()
MESSAGES = (DOCS / "wms-messages.md").read_text()


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\n(.*?)\n```", TEXT, re.DOTALL)
    assert found, name
    return found[1]


def test_the_files_that_set_a_connection_up_are_taken_as_they_stand() -> None:
    place = as_document(json.loads(example("warehouse.json")), Warehouse)
    given = json.loads(example("wms.json"))
    for dialect in ({}, {"dialect": "wangdiantong"}, {"dialect": "inout"}):
        connection = as_document(given | dialect, Connection)
        check(connection)
        assert (place.wms, connection.warehouse_code(place.code)) == (connection.code, "TJ01")


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
    handled = {method for method in CATALOGUE if _handler(method) != "codec only"}
    asking = {
        methods.ENTRYORDER_QUERY,
        methods.STOCKOUT_QUERY,
        methods.DELIVERYORDER_QUERY,
        methods.RETURNORDER_QUERY,
        methods.ORDERPROCESS_QUERY,
    }
    listed = set(re.findall(r"^\| `([a-z]+(?:\.[a-z]+)+)` \|", TEXT, re.MULTILINE))
    assert listed == handled - asking
    assert all(f"`{method}`" in TEXT for method in asking)


def test_what_is_dispatched_and_what_is_taken_has_its_handler_in_the_table() -> None:
    jobs = {method: _handler(method) for method in model.METHODS.values()}
    assert jobs == {
        "singleitem.synchronize": "`ItemJob`",
        "supplier.synchronize": "`SupplierJob`",
        "combineitem.synchronize": "`BundleJob`",
        "shop.synchronize": "`ShopJob`",
        "warehouseinfo.synchronize": "`WarehouseJob`",
        "entryorder.create": "`EntryJob`, `MovementJob`",
        "deliveryorder.create": "`DeliveryJob`",
        "returnorder.create": "`ReturnJob`",
        "order.cancel": "`CancelJob`",
        "order.pending": "`PendingJob`",
        "order.callback": "`InterceptJob`",
        "stockout.create": "`MovementJob`",
        "storeprocess.create": "`MovementJob`",
        "transferorder.create": "`TransferJob`",
        "inventory.synchronize": "`AdjustmentJob`",
    }
    source = Path(str(callbacks.__file__)).read_text()
    taken = set(re.findall(r"^ +methods\.([A-Z_]+): ", source, re.MULTILINE))
    assert taken == {
        name
        for name, method in vars(methods).items()
        if isinstance(method, str)
        and method in CATALOGUE
        and CATALOGUE[method].direction is Direction.UP
        and _handler(method) != "codec only"
    }


def test_the_codec_of_every_message_to_a_wms_has_a_test() -> None:
    assert [method for method in untested() if CATALOGUE[method].direction is Direction.DOWN] == []


def _handler(method: str) -> str:
    found = re.search(rf"^\| `{method}` \| `\w+` \| `[\w.]+` \| (.*?) \|", MESSAGES, re.MULTILINE)
    assert found, method
    return found[1]


def test_the_figures_are_those_of_the_code() -> None:
    defaults = {
        field: Connection.__dataclass_fields__[field].default
        for field in ("window_seconds", "most_attempts", "sign_method", "dialect")
    }
    assert defaults == {
        "window_seconds": 600,
        "most_attempts": 12,
        "sign_method": "md5",
        "dialect": "qimen",
    }
    assert QIMEN.prefix == "taobao.qimen."
    assert (model.FIRST_DELAY_SECONDS, model.LONGEST_DELAY_SECONDS) == (5, 900)
    assert (FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS) == (5, 30, 600)
