"""What a WMS's failures mean for the sender."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.connecting import Connecting
from chalicelib.warehouse.connections import Failure, FailureRule
from chalicelib.warehouse.documents.answers import Answer
from tests.warehouse.world import World, connection


@pytest.mark.parametrize(
    ("method", "code", "text", "expected"),
    [
        ("deliveryorder.create", "D", "订单已存在: 1", Failure.ALREADY_EXISTS),
        ("entryorder.create", "D", "入库单已存在: 1", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "", "order 1 already exists", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "", "重复创建", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "U", "商品不存在: A", Failure.REFUSED),
        ("deliveryorder.create", "S", "库存不足", Failure.REFUSED),
        ("deliveryorder.create", "4001", "接收失败，请重试", Failure.RETRY),
        ("deliveryorder.create", "SIGN", "签名错误", Failure.RETRY),
        ("deliveryorder.create", "PARAMETER", "app_key 不符: 1001", Failure.RETRY),
        ("entryorder.create", "", "unknown customerId c-1", Failure.RETRY),
        ("deliveryorder.create", "TOP60", "获取不到卖家的授权关系", Failure.RETRY),
        ("order.cancel", "S", "订单已取消: 1", Failure.ALREADY_EXISTS),
        ("order.cancel", "S", "订单已发货, 不能取消: 1", Failure.REFUSED),
        ("order.cancel", "N", "订单不存在: 1", Failure.NOT_FOUND),
        ("deliveryorder.query", "N", "查无此单", Failure.NOT_FOUND),
        ("deliveryorder.query", "N", "order not found", Failure.NOT_FOUND),
        ("orderprocess.query", "N", "单据不存在", Failure.NOT_FOUND),
        ("singleitem.query", "N", "商品不存在: A", Failure.NOT_FOUND),
        ("singleitem.query", "N", "item A not found", Failure.NOT_FOUND),
        ("combineitem.delete", "N", "组合商品未找到", Failure.NOT_FOUND),
        ("singleitem.query", "N", "货主无效", Failure.REFUSED),
        ("singleitem.synchronize", "N", "商品不存在: A", Failure.REFUSED),
    ],
)
def test_failures_are_classified_by_what_they_say(
    method: str, code: str, text: str, expected: Failure
) -> None:
    answer = Answer(success=False, code=code, message=text)
    assert connection("W1").classify(method, answer) is expected


def test_a_connections_own_rules_come_first() -> None:
    rule = FailureRule(kind=Failure.NOT_FOUND, method=r"^deliveryorder\.query$", code="^E7$")
    answer = Answer(success=False, code="E7", message="已存在")
    own = connection("W1", failures=(rule,))
    assert own.classify("deliveryorder.query", answer) is Failure.NOT_FOUND
    assert own.classify("order.cancel", answer) is Failure.REFUSED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"batch_items": 91}, "batch_items"),
        ({"batch_items": -1}, "batch_items"),
        ({"batch_orders": 46}, "batch_orders"),
        ({"batch_answer_seconds": 901}, "batch_answer_seconds"),
        ({"queries_per_minute": 0}, "queries_per_minute"),
    ],
)
def test_a_connection_with_figures_that_cant_be_is_refused(
    changes: dict[str, int], field: str
) -> None:
    world = World()
    connecting = Connecting(transaction=world.tables, secrets=KeptInMemory(), clock=world.clock)
    with pytest.raises(Refused) as refused:
        connecting.connect(connection("W9", **changes), secret="s")
    assert (refused.value.code, refused.value.field) == ("out_of_range", field)


class KeptInMemory:
    """Secrets that are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def current(self, name: str) -> tuple[str, ...]:
        return (self.kept[name],) if name in self.kept else ()

    def put(self, name: str, text: str) -> None:
        self.kept[name] = text
