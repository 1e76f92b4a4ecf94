"""Master data: bundles, categories, items told in batches, and what a WMS knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from local.seeding import EAST, SHOP
from tests.proofs.deliveries import Asked, Signed
from tests.proofs.main_job import MUG, PIM, TEE, line, order_body, sku
from tests.proofs.recording import next_event
from tests.proofs.telling import NOT_TO_WMS, Story, Teller

SET = "SET"


def bundles_come_in(teller: Teller) -> None:
    """Told to the warehouses, and ordered."""
    teller.keep("", _documents("bundles", [_bundle("一套")]))
    teller.catch("dispatch: BundleChanged", "")
    teller.catch("dispatch: DispatchDue combineitem.synchronize", "")
    teller.settle()
    body = order_body("bundle", [line(1, SET, 1, "80.00")], payable="80.00")
    teller.keep("of a bundle", Signed(path="/v1/orders", client=SHOP, body=body))


def categories_come_in(teller: Teller) -> None:
    """A category gets another name, and its items with it."""
    teller.deliver(_documents("categories", [_category("茶具")]))
    teller.deliver(_documents("skus", [sku(TEE) | {"category": "CAT"}]))
    teller.settle()
    teller.keep("", _documents("categories", [_category("茶和茶具")]))
    teller.catch("dispatch: CategoryChanged", "")
    teller.settle()


def items_are_told_together(teller: Teller) -> None:
    """To a WMS that takes several in one message; one time it doesn't answer."""
    _takes_batches(teller)
    teller.deliver(_documents("skus", [sku(f"N{number}") for number in range(3)]))
    teller.catch("dispatch: SkuChanged", "gathered")
    for event in teller.events_of("dispatch"):
        teller.deliver(event)
    # Each one's own reminder is still in the outbox, for where this one comes to nothing.
    gathered = next_event(teller.world, {"ItemsGathered"})
    assert gathered is not None
    before = teller.world.moment()
    for faults, story in (([], ""), (["lost"], "nobody answered")):
        teller.world.put_back(before)
        teller.world.peers.applications["wms"].faults[:] = faults
        teller.keep(story, gathered)


def a_warehouse_has_drifted(teller: Teller) -> None:
    """It doesn't know of one item, and is told again."""
    teller.deliver(_documents("skus", [sku("UNHEARD")]))
    teller.deliver(_documents("bundles", [_bundle("一套")]))
    teller.settle(queues=NOT_TO_WMS)
    for row in teller.world.raw_rows("outbox"):
        teller.world.drop_row("outbox", row)
    teller.keep("", Asked(path=f"/v1/wms/{EAST}/drift", body={"fix": True}))
    teller.catch("dispatch: DriftStepWanted", "of items", "of items", "of bundles")
    teller.settle()


def _takes_batches(teller: Teller) -> None:
    warehouse = teller.world.sandbox().warehouse
    warehouse.put_connection(replace(warehouse.connection(EAST), batch_items=10))


def _documents(kind: str, documents: Sequence[dict[str, Any]]) -> Signed:
    return Signed(path=f"/v1/{kind}", client=PIM, body={kind: list(documents)})


def _bundle(name: str) -> dict[str, Any]:
    parts = [{"sku": TEE, "quantity": 1}, {"sku": MUG, "quantity": 2}]
    return {"id": "pim-set", "code": SET, "owner": "DEMO", "name": name, "components": parts}


def _category(name: str) -> dict[str, Any]:
    return {"id": "pim-cat", "code": "CAT", "name": name}


STORIES = (
    Story(after="opening", tell=bundles_come_in),
    Story(after="opening", tell=categories_come_in),
    Story(after="opening", tell=items_are_told_together),
    Story(after="opening", tell=a_warehouse_has_drifted),
)
