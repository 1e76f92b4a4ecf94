"""What holds for every message to a WMS, whatever it is about."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.documents.outgoing.ordercontrol import Hold, OrderReference
from chalicelib.warehouse.messagetype import Direction, MessageType
from chalicelib.warehouse.xml import Node, read, write
from tests.warehouse.codec.documents import Full, documents, leaves

DOWN = [each for each in CATALOGUE.values() if each.direction is Direction.DOWN]

NOT_SENT = {
    # Lines that have an owner of their own leave nothing to say for the order's.
    "ReturnOrder.owner_code",
    "StockoutOrder.owner_code",
}
SEVERAL_MESSAGES = (OrderReference, Hold)
"""One type for several messages, of which each takes a part."""


@pytest.mark.parametrize("message", DOWN, ids=lambda each: each.method)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_document_within_limits_is_read_back_as_it_was_written(
    message: MessageType, data: st.DataObject
) -> None:
    content = message.writer(data.draw(documents(message.document)))
    root = read(write("request", content))
    assert list(_texts(root)) == list(leaves(content))


@pytest.mark.parametrize(
    "message",
    [each for each in DOWN if each.document not in SEVERAL_MESSAGES],
    ids=lambda each: each.method,
)
def test_no_field_of_a_document_is_forgotten(message: MessageType) -> None:
    full = Full()
    document = full.made(message.document, "")
    said = {leaf[-1] for leaf in leaves(message.writer(document))}
    forgotten = {field for field, forms in full.told.items() if not forms & said}
    assert forgotten - NOT_SENT == set()


def test_every_field_of_a_reference_to_an_order_is_said_by_some_message() -> None:
    full = Full()
    order = full.made(OrderReference, "")
    said = {
        leaf[-1]
        for each in DOWN
        if each.document is OrderReference
        for leaf in leaves(each.writer(order))
    }
    assert [field for field, forms in full.told.items() if not forms & said] == []


def _texts(node: Node) -> list[tuple[str, ...]]:
    """(names down to it, text) of every text of a document that was read."""
    found: list[tuple[str, ...]] = []
    for element in node.element:
        child = Node(element, f"{node.path}/{element.tag}")
        below = _texts(child) if len(element) else [(child.value() or "",)]
        found += [(child.name, *each) for each in below]
    return found
