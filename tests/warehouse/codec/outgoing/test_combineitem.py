"""Combined items to a WMS."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import combineitem
from chalicelib.warehouse.documents.outgoing.combineitem import CombineItemSync, Component
from chalicelib.warehouse.documents.outgoing.item import ItemQuery
from tests.warehouse.codec.wire import answered, wire, xml

SET = CombineItemSync(
    item_code="SET1",
    owner_code="O1",
    warehouse_code="WH1",
    components=(
        Component(item_code="A", item_id="I1", quantity=2),
        Component(item_code="B", quantity=1),
    ),
)


def test_a_combined_item_with_its_components() -> None:
    assert wire(combineitem.write_synchronize(SET)) == xml(
        """<request>
        <itemCode>SET1</itemCode>
        <ownerCode>O1</ownerCode>
        <warehouseCode>WH1</warehouseCode>
        <items>
          <item><itemCode>A</itemCode><itemId>I1</itemId><quantity>2</quantity></item>
          <item><itemCode>B</itemCode><quantity>1</quantity></item>
        </items>
        </request>"""
    )


def test_a_negative_number_of_components_is_refused() -> None:
    wrong = CombineItemSync(
        item_code="S",
        owner_code="O1",
        warehouse_code="WH1",
        components=(Component(item_code="A", quantity=-1),),
    )
    with pytest.raises(Refused) as caught:
        combineitem.write_synchronize(wrong)
    assert (caught.value.code, caught.value.field) == (
        "negative_quantity",
        "items/item/quantity",
    )


def test_it_is_asked_for_and_given_up_by_its_code() -> None:
    query = ItemQuery(owner_code="O1", item_code="SET1")
    expected = "<request><ownerCode>O1</ownerCode><itemCode>SET1</itemCode></request>"
    assert wire(combineitem.write_query(query)) == expected
    assert wire(combineitem.write_delete(query)) == expected


@pytest.mark.parametrize("around", ["<item>{}</item>", "{}"])
def test_components_are_read_in_the_item_or_beside_it(around: str) -> None:
    inner = """<itemCode>SET1</itemCode><items>
        <item><itemCode>A</itemCode><itemId>I1</itemId><quantity>2</quantity></item>
        <item><itemCode>B</itemCode><quantity>1</quantity></item></items><colour>red</colour>"""
    told = combineitem.read_query(answered(around.format(inner)))
    assert (told.item_code, told.components) == ("SET1", SET.components)
    assert told.rest == (("colour", "red"),)
