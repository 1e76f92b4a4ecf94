"""What goes wrong with the warehouse simulator goes wrong as told, and at every run alike."""

from __future__ import annotations

import http.client
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from local.simulators.wms.chance import Chance
from local.simulators.wms.rules import WHATS
from tests.local.simulator_peers import CANCEL, said
from tests.local.wms_world import a_world, without_address

NO_ANSWER = (http.client.RemoteDisconnected, urllib.error.URLError)
STORM: dict[str, Any] = {
    "rules": [
        {"what": "duplicate", "probability": 0.3, "seconds": 2},
        {"what": "reorder", "method": "orderprocess.report", "probability": 0.3, "seconds": 9},
        {"what": "delay", "probability": 0.2, "seconds": 4},
        {"what": "lose", "probability": 0.1},
        {"what": "ignore_answer", "probability": 0.1},
        {"what": "split", "probability": 0.3},
        {"what": "final_first", "probability": 0.3},
        {"what": "short", "probability": 0.1},
        {"what": "exception", "probability": 0.2},
        {"what": "reject", "probability": 0.1},
        {"what": "lose_parcel", "probability": 0.2},
        {"what": "stock_change", "probability": 0.3},
        {"what": "count_difference", "probability": 0.5},
    ]
}


def a_run(folder: Path, seed: int) -> list[tuple[str, bytes]]:
    """Everything that is sent while 20 orders take their course and a count is made."""
    with a_world(folder, seed=seed, **STORM) as world:
        for number in range(20):
            world.create("deliveryorder.create", f"D{number:02d}")
            world.advance(3)
        world.advance(600)
        world.send("inventory.report")
        world.advance(600)
        return [(without_address(each.raw_query), each.body) for each in world.oms.requests]


def test_the_same_seed_and_calls_send_the_same_bytes_in_the_same_order(tmp_path: Path) -> None:
    first = a_run(tmp_path / "1", seed=7)
    assert first == a_run(tmp_path / "2", seed=7)
    assert first != a_run(tmp_path / "3", seed=8)


def test_luck_depends_on_the_seed_and_the_question_alone() -> None:
    drawn = [Chance(seed=3).draw("a", number) for number in range(2000)]
    assert drawn == [Chance(seed=3).draw("a", number) for number in range(2000)]
    assert all(0 <= each < 1 for each in drawn)
    assert 340 < sum(each < 0.2 for each in drawn) < 460
    assert {Chance().whole(1, 3, number) for number in range(100)} == {1, 2, 3}


@pytest.mark.parametrize("what", ["drop_answer", "drop_request"])
def test_an_answer_is_dropped_after_or_before_acting(tmp_path: Path, what: str) -> None:
    with a_world(tmp_path) as world:
        world.rule(what, method="deliveryorder.create", code="D1", times=1)
        with pytest.raises(NO_ANSWER):
            world.create("deliveryorder.create", "D1")
        flag, _ = said(world.create("deliveryorder.create", "D1"))
        assert flag == ("failure" if what == "drop_answer" else "success")


def test_a_failure_is_answered_and_nothing_done(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.rule("fail", times=1, message="忙")
        assert said(world.create("deliveryorder.create", "D1")) == ("failure", "忙")
        assert world.wms.stock() == [("ZP", 100, 0)]


def test_a_cancel_is_refused(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.create("deliveryorder.create", "D1")
        world.rule("refuse_cancel", times=1)
        answers = [said(world.wms.call("order.cancel", CANCEL.format(code="D1"))) for _ in range(2)]
        assert answers == [("failure", "订单已拣货, 不能取消"), ("success", "成功")]


def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.create("deliveryorder.create", "D1")
        world.wms.control("POST", "restart", {"seconds": 5})
        with pytest.raises(NO_ANSWER):
            world.create("deliveryorder.create", "D2")
        world.advance(60)
        assert said(world.create("deliveryorder.create", "D2"))[0] == "success"
        assert world.told[-1] == ("deliveryorder.confirm", "0")


def confirmed(folder: Path, what: str, **more: Any) -> list[tuple[str, str]]:
    """What is sent of an order whose steps are one, when a rule strikes."""
    with a_world(folder, steps=["ACCEPT", "PICK"]) as world:
        world.rule(what, **more)
        world.create("deliveryorder.create", "D1")
        world.advance(600)
        return [(method.partition(".")[0], text) for method, text in world.told]


STEP, CONFIRM = "orderprocess", "deliveryorder"
ACCEPT, PICK = (STEP, "ACCEPT"), (STEP, "PICK")


@pytest.mark.parametrize(
    ("what", "more", "expected"),
    [
        ("duplicate", {"method": "*.confirm"}, [ACCEPT, PICK, (CONFIRM, "0"), (CONFIRM, "0")]),
        ("reorder", {"times": 1, "seconds": 90}, [PICK, ACCEPT, (CONFIRM, "0")]),
        ("delay", {"times": 1, "seconds": 90}, [PICK, (CONFIRM, "0"), ACCEPT]),
        ("lose", {"times": 1}, [ACCEPT, PICK, (CONFIRM, "0")]),
        ("ignore_answer", {"times": 1}, [ACCEPT, ACCEPT, PICK, (CONFIRM, "0")]),
        ("split", {}, [ACCEPT, PICK, (CONFIRM, "1"), (CONFIRM, "0")]),
        ("final_first", {}, [ACCEPT, PICK, (CONFIRM, "0"), (CONFIRM, "1")]),
        ("reject", {}, [(STEP, "REJECT")]),
        ("short", {}, [ACCEPT, ("itemlack", "")]),
        ("exception", {}, [ACCEPT, ("orderexception", "201"), PICK, (CONFIRM, "0")]),
        ("lose_parcel", {}, [ACCEPT, PICK, (CONFIRM, "0"), ("orderexception", "203")]),
        ("stock_change", {}, [ACCEPT, PICK, (CONFIRM, "0"), ("stockchange", "")]),
    ],
)
def test_an_order_goes_wrong_as_the_rule_says(
    tmp_path: Path, what: str, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert confirmed(tmp_path, what, **more) == expected


def test_two_parts_of_a_confirm_hold_what_one_would(tmp_path: Path) -> None:
    with a_world(tmp_path, steps=["ACCEPT"]) as world:
        world.rule("split")
        world.create("deliveryorder.create", "D1")
        world.advance()
        parts = [world.body(at).findtext("orderLines/orderLine/actualQty") for at in (-2, -1)]
        assert (parts, world.stock()) == (["1", "2"], {"ZP": 97})


def test_a_count_finds_too_much_or_too_little(tmp_path: Path) -> None:
    with a_world(tmp_path, seed=5, by_hand=True) as world:
        world.rule("count_difference", most=2)
        told = world.send("inventory.report")
        (line,) = told["lines"]
        assert 1 <= abs(line["quantity"]) <= 2
        assert world.stock() == {"ZP": 100 + line["quantity"]}


def test_rules_are_kept_over_a_restart_and_can_be_taken_back(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.rule("fail", times=2)
        said(world.create("deliveryorder.create", "D1"))
    with a_world(tmp_path / "other") as fresh:
        assert fresh.wms.control("GET", "rules")["rules"] == []
    with a_world(tmp_path) as world:
        (rule,) = world.wms.control("GET", "rules")["rules"]
        # The one that was left struck the first message of the second life.
        assert (rule["what"], rule["times"]) == ("fail", 0)
        assert world.wms.control("DELETE", "rules")["rules"] == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"what": "dance"}, "what: one of drop_answer, "),
        ({"what": "fail", "probability": 2}, "probability: 0 to 1 is wanted"),
        ({"what": "fail", "times": 0}, "times: at least 1 is wanted"),
        ({"what": "fail", "seconds": -1}, "seconds: 0 to 3600 are wanted"),
        ({"what": "fail", "propability": 0.1}, "propability: no such field"),
        ({}, "what: a text is wanted"),
    ],
)
def test_a_rule_that_cant_be_is_refused_by_name(
    tmp_path: Path, rule: dict[str, Any], sentence: str
) -> None:
    with a_world(tmp_path) as world:
        with pytest.raises(urllib.error.HTTPError) as caught:
            world.wms.control("POST", "rules", rule)
        assert (caught.value.code, sentence in caught.value.read().decode()) == (400, True)


def test_every_rule_is_explained() -> None:
    explained = Path(__file__).parents[2] / "local/simulators/wms/rules.py"
    assert all(f"| `{what}` |" in explained.read_text() for what in WHATS)
