"""Catalog and purchasing on the real adapter, as moto plays DynamoDB: what is written comes
back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.catalog.model import Outcome
from chalicelib.kernel.errors import Conflict
from chalicelib.purchasing.states import PurchaseState, ReceiptState
from tests.catalog.builders import shop, sku_input
from tests.fakes.cloud import Cloud, moto_cloud
from tests.purchasing.bench import (
    ARRIVED,
    MESSAGE,
    Services,
    arrived,
    line_input,
    order_input,
    receipt,
)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


def test_a_purchase_order_goes_all_the_way(cloud: Cloud) -> None:
    services = Services(cloud.tables, cloud.clock)
    service = services.service
    order, created = service.accept("SRM", order_input(), MESSAGE)
    again, created_again = service.accept("SRM", order_input(), MESSAGE)
    assert (again, created, created_again) == (order, True, False)
    with pytest.raises(Conflict):
        service.accept("SRM", order_input(lines=(line_input(1, "C", 1),)), MESSAGE)

    cloud.tables.commit(service.plan_sent(order.no, "W-7", MESSAGE, ARRIVED))
    lines = [arrived(n, "A", 1, on=1, batch=f"L{n}") for n in range(1, 34)]
    cloud.tables.commit(service.plan_receipt(receipt(order.no, *lines, arrived(34, "NEW", 1))))
    service.post_receipt("RK1")
    service.post_receipt("RK1")

    after = service.purchase_order(order.no)
    assert (after.state, after.wms_id, after.final) == (PurchaseState.SHORT_CLOSED, "W-7", True)
    assert after.lines[0].received == {"ZP": 33}
    (posted,) = service.receipts(order.no)
    assert (posted.state, len(posted.lines)) == (ReceiptState.POSTED, 34)
    assert len(services.stock.entries_of("RK1")) == 34
    assert service.purchase_orders("WH1") == ([order.no], None)


def test_the_catalog_comes_back_as_it_was_put(cloud: Cloud) -> None:
    catalog = Services(cloud.tables, cloud.clock).catalog
    inputs = [sku_input(f"S{number}") for number in range(70)]

    first = catalog.put_skus("PIM", inputs, MESSAGE)
    again = catalog.put_skus("PIM", [*inputs, sku_input("S1", name="New")], MESSAGE)
    demo = shop(warehouses=("WH1", "WH2"), hold_above=5_000)
    catalog.put_shop(demo)
    catalog.put_shop(demo)
    cloud.tables.commit(catalog.plan_open("WH1", None))
    cloud.tables.commit(catalog.plan_open("WH1", None))

    assert {each.outcome for each in first} == {Outcome.CREATED}
    assert [each.outcome for each in again] == [Outcome.UNCHANGED] * 70 + [Outcome.UPDATED]
    assert catalog.sku("S1").version == 2
    assert catalog.shop("SHOP1") == demo
    assert [(each.code, each.stock_open) for each in catalog.warehouses()] == [
        ("WH1", True),
        ("WH2", False),
    ]
    page = catalog.sku_page(limit=100)
    assert all(sku.bucket == 0 for sku in page.skus)
