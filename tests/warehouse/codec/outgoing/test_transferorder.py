"""Transfers that a unified warehouse carries out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing import transferorder
from chalicelib.warehouse.codes import TransferInventoryType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.transferorder import (
    TransferAnswer,
    TransferCreated,
    TransferItem,
    TransferOrder,
    TransferQuery,
    TransferredItem,
)
from tests.warehouse.codec.outgoing.people import AT
from tests.warehouse.codec.wire import answered, wire, xml

ORDER = TransferOrder(
    code="TR1",
    from_warehouse_code="WH1",
    to_warehouse_code="WH2",
    owner_code="O1",
    expected_start=AT,
    attributes="k:v",
    items=(
        TransferItem(item_code="A", quantity=5),
        TransferItem(item_code="B", quantity=1, inventory_type=TransferInventoryType.DEFECTIVE),
    ),
)


def test_a_transfer_has_qualities_of_its_own() -> None:
    assert wire(transferorder.write_create(ORDER)) == xml(
        """<request>
        <erpOrderCode>TR1</erpOrderCode>
        <fromStoreCode>WH1</fromStoreCode>
        <toStoreCode>WH2</toStoreCode>
        <ownerCode>O1</ownerCode>
        <expectStartTime>2026-11-22 09:30:00</expectStartTime>
        <attributes>k:v</attributes>
        <transferItems>
          <transferItem><scItemCode>A</scItemCode><inventoryType>1</inventoryType>
            <count>5</count></transferItem>
          <transferItem><scItemCode>B</scItemCode><inventoryType>101</inventoryType>
            <count>1</count></transferItem>
        </transferItems>
        </request>"""
    )


@pytest.mark.parametrize(
    ("order", "element"),
    [
        (replace(ORDER, code=""), "erpOrderCode"),
        (replace(ORDER, from_warehouse_code=""), "fromStoreCode"),
        (replace(ORDER, to_warehouse_code=""), "toStoreCode"),
        (replace(ORDER, owner_code=""), "ownerCode"),
    ],
)
def test_what_the_protocol_asks_for_has_to_be_there(order: TransferOrder, element: str) -> None:
    with pytest.raises(Refused) as caught:
        transferorder.write_create(order)
    assert (caught.value.code, caught.value.field) == ("missing_element", element)


_TIMES = """<expectOutStoreTime>2026-11-22 09:30:00</expectOutStoreTime>
    <expectInStoreTime>2026-11-22 09:30:00</expectInStoreTime>"""


@pytest.mark.parametrize("times", [_TIMES, f"<transferExecuteInfo>{_TIMES}</transferExecuteInfo>"])
def test_the_answer_gives_the_number_and_what_is_expected(times: str) -> None:
    told = answered(f"<transferOrderCode>W1</transferOrderCode>{times}<lane>7</lane>")
    assert transferorder.read_create(told) == TransferCreated(
        answer=Answer(success=True, wms_ids=("W1",)),
        order_id="W1",
        expected_out=AT,
        expected_in=AT,
        rest=(("lane", "7"),),
    )


def test_a_transfer_is_asked_for() -> None:
    query = TransferQuery(owner_code="O1", order_code="TR1", order_id="W1")
    assert wire(transferorder.write_query(query)) == xml(
        """<request><ownerCode>O1</ownerCode><erpOrderCode>TR1</erpOrderCode>
        <transferOrderCode>W1</transferOrderCode></request>"""
    )


_ITEM = """<scItemCode>A</scItemCode><inventoryType>1</inventoryType><planCount>5</planCount>
    <outCount>5</outCount>"""


@pytest.mark.parametrize(
    "items", [f"<items>{_ITEM}</items>", f"<items><item>{_ITEM}</item></items>"]
)
@pytest.mark.parametrize("around", ["{}", "<transferOrder>{}</transferOrder>"])
def test_a_transfer_is_read_however_its_list_is_written(items: str, around: str) -> None:
    inner = f"""<erpOrderCode>TR1</erpOrderCode><transferOrderCode>W1</transferOrderCode>
        <orderStatus>OUT</orderStatus><confirmOutTime>2026-11-22 09:30:00</confirmOutTime>
        {items}<lane>7</lane>"""
    told = transferorder.read_query(answered(around.format(inner)))
    (item,) = told.items
    assert told == TransferAnswer(
        answer=told.answer,
        order_code="TR1",
        order_id="W1",
        status="OUT",
        left_at=AT,
        items=(
            TransferredItem(
                item_code="A",
                inventory_type="1",
                planned=5,
                left=5,
                arrived=None,
                path=item.path,
            ),
        ),
        rest=(("lane", "7"),),
    )
