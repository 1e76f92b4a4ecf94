"""Asking a WMS for its stock, and adjusting it from here."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.warehouse.codec.outgoing import inventory
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.outgoing.inventory import (
    AdjustedItem,
    BatchQuery,
    CheckedItem,
    CheckPage,
    CheckQuery,
    Figure,
    InventoryQuery,
    StockAdjustment,
    StockPage,
    StockQuery,
    in_batches,
)
from chalicelib.warehouse.documents.parts import ProductionBatch, RelatedOrder
from tests.warehouse.codec.outgoing.people import AT
from tests.warehouse.codec.wire import answered, wire, xml

LOT = ProductionBatch(
    code="L1", product_date=date(2026, 4, 1), expire_date=date(2027, 4, 1), produce_code="M1"
)
LOT_XML = """<batchCode>L1</batchCode><productDate>2026-04-01</productDate>
    <expireDate>2027-04-01</expireDate><produceCode>M1</produceCode>"""


def test_fifty_skus_at_most_are_asked_for_at_once() -> None:
    chunks = in_batches([f"S{number}" for number in range(120)])
    assert [len(chunk) for chunk in chunks] == [50, 50, 20]


def test_each_sku_is_a_criterion() -> None:
    query = InventoryQuery(
        warehouse_code="WH1", owner_code="O1", items=(("A", "I1"), ("B", "")), inventory_type="ZP"
    )
    assert wire(inventory.write_query(query)) == xml(
        """<request><criteriaList>
        <criteria><warehouseCode>WH1</warehouseCode><ownerCode>O1</ownerCode>
          <itemCode>A</itemCode><itemId>I1</itemId><inventoryType>ZP</inventoryType></criteria>
        <criteria><warehouseCode>WH1</warehouseCode><ownerCode>O1</ownerCode>
          <itemCode>B</itemCode><inventoryType>ZP</inventoryType></criteria>
        </criteriaList></request>"""
    )


def test_figures_are_read_by_quality_and_batch_and_unknown_qualities_are_kept() -> None:
    told = answered(
        f"""<items>
        <item><warehouseCode>WH1</warehouseCode><itemCode>A</itemCode><itemId>I1</itemId>
          <inventoryType>XQC</inventoryType><quantity>7</quantity>
          <lockQuantity>2</lockQuantity>{LOT_XML}<shelf>A-01</shelf></item>
        <item><itemCode>B</itemCode><quantity>0</quantity></item></items>"""
    )
    assert inventory.read_query(told).figures == (
        Figure(
            warehouse_code="WH1",
            item_code="A",
            item_id="I1",
            inventory_type="XQC",
            free=7,
            locked=2,
            batch_code="L1",
            path="/response/items/item[1]",
            batch=LOT,
            rest=(("shelf", "A-01"),),
        ),
        Figure(
            warehouse_code="",
            item_code="B",
            item_id="",
            inventory_type="ZP",
            free=0,
            locked=0,
            batch_code="",
            path="/response/items/item[2]",
        ),
    )


@pytest.mark.parametrize("item", ["<itemCode>A</itemCode>", "<quantity>1</quantity>"])
def test_a_figure_without_an_item_or_a_quantity_is_none(item: str) -> None:
    with pytest.raises(Malformed):
        inventory.read_query(answered(f"<items><item>{item}</item></items>"))


def test_all_stock_is_asked_for_page_by_page() -> None:
    query = StockQuery(
        owner_code="O1",
        warehouse_code="WH1",
        item_code="A",
        item_id="I1",
        inventory_type="ZP",
        batch=LOT,
    )
    assert wire(inventory.write_stock_query(query, page=4)) == xml(
        f"""<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <itemCode>A</itemCode><itemId>I1</itemId><inventoryType>ZP</inventoryType>{LOT_XML}
        <page>4</page><pageSize>100</pageSize></request>"""
    )


@pytest.mark.parametrize("total", ["totalCount", "totalLines"])
def test_a_page_of_stock_tells_its_total_under_either_name(total: str) -> None:
    told = answered(
        f"""<{total}>930</{total}><items><item><itemId>I1</itemId>
        <inventoryType>ZT</inventoryType><quantity>3</quantity></item></items>"""
    )
    assert inventory.read_stock_query(told) == StockPage(
        answer=Answer(success=True),
        total=930,
        figures=(
            Figure(
                warehouse_code="",
                item_code="",
                item_id="I1",
                inventory_type="ZT",
                free=3,
                locked=0,
                batch_code="",
                path="/response/items/item[1]",
            ),
        ),
    )


def test_an_items_batches_are_asked_for_by_either_name() -> None:
    query = BatchQuery(owner_code="O1", warehouse_code="WH1", item_id="I1")
    assert wire(inventory.write_batch_query(query)) == xml(
        """<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <itemId>I1</itemId><page>1</page><pageSize>100</pageSize></request>"""
    )
    with pytest.raises(Refused) as caught:
        inventory.write_batch_query(BatchQuery(owner_code="O1", warehouse_code="WH1"))
    assert (caught.value.code, caught.value.field) == ("missing_element", "itemCode")
    told = answered(
        f"""<totalCount>1</totalCount><items><item><itemCode>A</itemCode>
        <quantity>3</quantity>{LOT_XML}</item></items>"""
    )
    page = inventory.read_batch_query(told)
    assert [(each.batch, each.free) for each in page.figures] == [(LOT, 3)]


def test_the_result_of_a_count_is_asked_for_and_read() -> None:
    query = CheckQuery(
        check_order_code="C1", check_order_id="W1", owner_code="O1", warehouse_code="WH1"
    )
    assert wire(inventory.write_check_query(query)) == xml(
        """<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <checkOrderCode>C1</checkOrderCode><checkOrderId>W1</checkOrderId>
        <page>1</page><pageSize>100</pageSize></request>"""
    )
    told = answered(
        f"""<totalLines>1</totalLines><warehouseCode>WH1</warehouseCode>
        <checkOrderCode>C1</checkOrderCode><checkOrderId>W1</checkOrderId>
        <ownerCode>O1</ownerCode><checkTime>2026-11-22 09:30:00</checkTime>
        <items><item><itemCode>A</itemCode><itemId>I1</itemId><quantity>-3</quantity>{LOT_XML}
        <snCode>N1</snCode><totalQty>7</totalQty></item></items><remark>夜盘</remark>"""
    )
    assert inventory.read_check_query(told) == CheckPage(
        answer=Answer(success=True),
        total_lines=1,
        check_order_code="C1",
        check_order_id="W1",
        warehouse_code="WH1",
        owner_code="O1",
        checked_at=AT,
        items=(
            CheckedItem(
                item_code="A",
                item_id="I1",
                inventory_type="ZP",
                quantity=-3,
                path="/response/items/item[1]",
                batch=LOT,
                serial_number="N1",
                rest=(("totalQty", "7"),),
            ),
        ),
        rest=(("remark", "夜盘"),),
    )


def test_an_adjustment_is_signed() -> None:
    adjustment = StockAdjustment(
        code="ADJ1",
        owner_code="O1",
        warehouse_code="WH1",
        adjusted_at=AT,
        adjust_type="ADJUST",
        related=(RelatedOrder(order_type="RK", order_code="PO1"),),
        remark="短少",
        items=(AdjustedItem(item_code="A", item_id="I1", quantity=-2, batch=LOT),),
    )
    assert wire(inventory.write_synchronize(adjustment)) == xml(
        f"""<request><ownerCode>O1</ownerCode><warehouseCode>WH1</warehouseCode>
        <adjustOrderCode>ADJ1</adjustOrderCode><adjustTime>2026-11-22 09:30:00</adjustTime>
        <adjustType>ADJUST</adjustType><relatedOrders><relatedOrder><orderType>RK</orderType>
        <orderCode>PO1</orderCode></relatedOrder></relatedOrders><remark>短少</remark>
        <items><item><itemCode>A</itemCode><itemId>I1</itemId><inventoryType>ZP</inventoryType>
        <quantity>-2</quantity>{LOT_XML}</item></items></request>"""
    )


def test_an_adjustment_of_nothing_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        inventory.write_synchronize(
            StockAdjustment(
                code="ADJ1", owner_code="O1", warehouse_code="WH1", adjusted_at=AT, items=()
            )
        )
    assert (caught.value.code, caught.value.field) == ("missing_element", "items/item")
