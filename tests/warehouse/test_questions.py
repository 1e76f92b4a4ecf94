"""What a WMS asks: answered of the deliveries that it has, and of nobody else's."""

from __future__ import annotations

import pytest

from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.texts import write_time
from chalicelib.warehouse.xml import Node
from tests.warehouse.world import World, connection, reserved

RECEIVER = "<request><deliveryOrderCode>{no}</deliveryOrderCode>{more}</request>"
PERSON = "<request><name>{name}</name><mobile>{mobile}</mobile>{more}</request>"
ZHANG = {"name": "张三", "mobile": "13800000000"}


@pytest.fixture
def world() -> World:
    made = World()
    for wms in ("W1", "W2"):
        made.service.put_connection(connection(wms, finds_orders=True, logistics_code="YTO"))
    made.know_items()
    return made


@pytest.fixture
def no(world: World) -> str:
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    world.run()
    return no


def receiver(world: World, no: str, *, wms: str = "W1", more: str = "") -> Node:
    return world.callback("receiverinfo.query", RECEIVER.format(no=no, more=more), wms=wms)


def orders_of(world: World, *, wms: str = "W1", more: str = "", **person: str) -> list[list[str]]:
    body = PERSON.format(**(ZHANG | person), more=more)
    answer = world.callback("order.query", body, wms=wms)
    assert answer.text("flag") == "success", answer.text("message")
    return [
        [each.code("sourceOrderCode"), each.code("deliveryOrderCode")]
        for each in answer.listed("orderLines", "orderLine")
    ]


def refusal(answer: Node) -> tuple[str | None, str]:
    assert answer.text("flag") == "failure"
    return answer.text("code"), (answer.text("message") or "").partition(":")[0]


def rows_of(world: World, no: str, method: str) -> list[str]:
    return [row["outcome"] for row in world.log.of_document(no).items if row["method"] == method]


def cancel(world: World, no: str) -> None:
    world.orders.cancel(no.rpartition("-")[0], reason="changed his mind", by="p")
    world.run()
    assert world.orders.fulfilment(no).state is FulfilmentState.CANCELLED


# --- receiverinfo.query


def test_a_wms_is_told_who_gets_a_delivery_of_its_own(world: World, no: str) -> None:
    answer = receiver(world, no, more="<oaid>o-1</oaid><scene>1001</scene>")
    assert answer.text("flag") == "success"
    assert (answer.text("deliveryOrderCode"), answer.text("oaid")) == (no, "o-1")
    told = answer.child("receiverInfo")
    assert told is not None
    assert {child.tag: child.text for child in told.element} == {
        "name": "张三",
        "mobile": "13800000000",
        "province": "浙江省",
        "city": "杭州市",
        "area": "西湖区",
        "detailAddress": "文一西路 1 号",
    }


def test_each_question_is_recorded_with_its_delivery_and_changes_nothing(
    world: World, no: str
) -> None:
    before = world.documents()
    for _ in range(2):
        assert receiver(world, no).text("flag") == "success"
    assert world.documents() == before
    assert rows_of(world, no, "receiverinfo.query") == ["ACCEPTED", "ACCEPTED"]


def test_another_wms_gets_the_same_answer_as_about_an_order_that_is_not_there(
    world: World, no: str
) -> None:
    others, nobodys = receiver(world, no, wms="W2"), receiver(world, "NOBODYS", wms="W2")
    assert refusal(others) == ("unknown_order", "/request/deliveryOrderCode")
    assert [others.text(name) for name in ("flag", "code", "message")] == [
        nobodys.text(name) for name in ("flag", "code", "message")
    ]
    assert rows_of(world, no, "receiverinfo.query") == []


def test_of_what_the_wms_was_not_sent_yet_nothing_is_told(world: World) -> None:
    waiting = world.order(("A", 1, "10.00"))
    assert refusal(receiver(world, waiting))[0] == "unknown_order"


def test_a_cancelled_order_has_no_receiver(world: World, no: str) -> None:
    cancel(world, no)
    answer = receiver(world, no)
    assert refusal(answer) == ("order_cancelled", "/request/deliveryOrderCode")
    assert answer.child("receiverInfo") is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("<ownerCode>ANOTHER</ownerCode>", ("unknown_owner", "/request/ownerCode")),
        ("<warehouseCode>WH2</warehouseCode>", ("unknown_warehouse", "/request/warehouseCode")),
    ],
)
def test_an_owner_or_a_warehouse_that_is_not_its_own_is_named(
    world: World, no: str, more: str, expected: tuple[str, str]
) -> None:
    assert refusal(receiver(world, no, more=more)) == expected


def test_the_receiver_is_kept_nowhere_and_a_replay_does_not_tell_it(world: World, no: str) -> None:
    receiver(world, no)
    (row,) = [
        row for row in world.log.of_document(no).items if row["method"] == "receiverinfo.query"
    ]
    raw = world.log.raw(row["id"])
    assert raw.answer is None
    message = world.log.message(row["id"])
    assert "张三" not in repr(message)
    going = world.log.begin_replay(message, by="p", reason="looking")
    again = world.callbacks.again(going, raw)
    assert "<flag>success</flag>" in again.xml.decode()
    assert "张三" not in again.xml.decode()
    assert "138" not in again.xml.decode()


# --- order.query


def test_the_orders_of_a_person_are_found_by_name_and_mobile_together(
    world: World, no: str
) -> None:
    assert orders_of(world) == [["6712345678901234567", no]]
    assert orders_of(world, name="李四") == []
    assert orders_of(world, mobile="13900000000") == []
    assert rows_of(world, no, "order.query") == ["ACCEPTED"]


def test_a_wms_finds_only_what_it_has(world: World, no: str) -> None:
    assert orders_of(world, wms="W2") == []
    cancel(world, no)
    assert orders_of(world) == []


def test_a_span_of_time_narrows_it_down(world: World, no: str) -> None:
    ordered = world.orders.order(no.rpartition("-")[0]).created_at
    inside = f"<startTime>{write_time(ordered)}</startTime>"
    assert len(orders_of(world, more=inside)) == 1
    assert orders_of(world, more="<endTime>2020-01-01 00:00:00</endTime>") == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ("<request><name>张三</name></request>", "missing_element", "/request/mobile"),
        ("<request><mobile>13800000000</mobile></request>", "missing_element", "/request/name"),
        (
            PERSON.format(
                **ZHANG,
                more="<startTime>2026-11-22 00:00:00</startTime>"
                "<endTime>2026-11-21 00:00:00</endTime>",
            ),
            "malformed_time",
            "/request/endTime",
        ),
    ],
)
def test_a_bad_question_is_refused_by_its_field(
    world: World, body: str, code: str, field: str
) -> None:
    assert refusal(world.callback("order.query", body)) == (code, field)


def test_without_the_agreement_nobody_is_found_and_nothing_is_written_down() -> None:
    world = World()
    world.know_items()
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    world.run()
    answer = world.callback("order.query", PERSON.format(**ZHANG, more=""))
    assert refusal(answer) == ("not_agreed_on", "method")
    assert not [key for key in world.documents() if key.pk.startswith("RECIPIENT")]


def test_what_is_written_down_of_a_recipient_names_nobody(world: World, no: str) -> None:
    kept = [
        (key, item) for key, item in world.documents().items() if key.pk.startswith("RECIPIENT#")
    ]
    ((key, item),) = kept
    assert key.pk == f"RECIPIENT#{no}"
    assert "张三" not in repr(item)
    assert "138" not in item["gsi1pk"].rpartition("#")[0]
    world.secrets.values["recipients-key"] = ("another",)
    assert orders_of(world) == []


# --- expressinfo.query


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", [("YTO", "圆通")]),
        ("<ownerCode>OWNER-AT-WMS</ownerCode><expressCode>YTO</expressCode>", [("YTO", "圆通")]),
        ("<expressCode>SF</expressCode>", []),
    ],
)
def test_the_carrier_is_the_one_that_delivery_orders_name(
    world: World, more: str, told: list[tuple[str, str]]
) -> None:
    answer = world.callback("expressinfo.query", f"<request>{more}</request>")
    assert answer.text("flag") == "success"
    found = answer.listed("expressInfos", "expressInfo")
    assert [(each.code("expressCode"), each.text("expressName")) for each in found] == told


def test_of_another_owner_no_carrier_is_told(world: World) -> None:
    body = "<request><ownerCode>ANOTHER</ownerCode></request>"
    assert refusal(world.callback("expressinfo.query", body)) == (
        "unknown_owner",
        "/request/ownerCode",
    )


# --- every commit may be the last


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2])
def test_a_delivery_that_dies_on_its_way_is_found_once(
    world: World, commit: int, *, after: bool
) -> None:
    no = world.order(("A", 2, "10.00"))
    world.tables.die_at(commit, after=after)
    world.later.append((world.clock.now(), reserved(no)))
    world.run()
    assert orders_of(world) == [["6712345678901234567", no]]
