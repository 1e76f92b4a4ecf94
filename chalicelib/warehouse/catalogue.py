"""Every message of the protocol that is spoken here: what it carries and who reads and writes it.

One row a message; `docs/wms-messages.md` is made from it. A new message is a method in `methods`, a
document, its codec functions and a row here.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.incoming import deliveryorder as delivery_reports
from chalicelib.warehouse.codec.incoming import entryorder as entry_reports
from chalicelib.warehouse.codec.incoming import inventory as stock_reports
from chalicelib.warehouse.codec.incoming import ordercontrol as order_reports
from chalicelib.warehouse.codec.incoming import questions
from chalicelib.warehouse.codec.incoming import returnorder as return_reports
from chalicelib.warehouse.codec.incoming import serialnumbers as serial_reports
from chalicelib.warehouse.codec.incoming import stockout as stockout_reports
from chalicelib.warehouse.codec.incoming import storeprocess as process_reports
from chalicelib.warehouse.codec.incoming import transferorder as transfer_reports
from chalicelib.warehouse.codec.outgoing import (
    combineitem,
    deliveryorder,
    entryorder,
    inventory,
    item,
    ordercontrol,
    partners,
    presalespackage,
    returnorder,
    stockout,
    storeprocess,
    transferorder,
)
from chalicelib.warehouse.messagetype import MessageType, received, sent

_MASTER_DATA = (
    sent(methods.SINGLEITEM_SYNCHRONIZE, item.write_synchronize, note="answers with an itemId"),
    sent(methods.SINGLEITEM_QUERY, item.write_query, item.read_query),
    sent(
        methods.ITEMS_SYNCHRONIZE,
        item.write_synchronize_many,
        item.read_synchronize_many,
        note="answers with the failed items only, perhaps beside success",
    ),
    sent(methods.COMBINEITEM_SYNCHRONIZE, combineitem.write_synchronize),
    sent(
        methods.COMBINEITEM_QUERY,
        combineitem.write_query,
        combineitem.read_query,
        unverified="where the components stand in the answer: in the item or beside it",
    ),
    sent(methods.COMBINEITEM_DELETE, combineitem.write_delete),
    sent(methods.SUPPLIER_SYNCHRONIZE, partners.write_supplier),
    sent(methods.SHOP_SYNCHRONIZE, partners.write_shop),
    sent(
        methods.WAREHOUSEINFO_SYNCHRONIZE,
        partners.write_warehouses,
        unverified="whether warehouseInfos repeats or wraps: it is repeated",
    ),
    sent(
        methods.WAREHOUSEINFO_QUERY,
        partners.write_warehouses_query,
        partners.read_warehouses_query,
        unverified="the fields of the request",
    ),
)

_ARRIVING = (
    sent(methods.ENTRYORDER_CREATE, entryorder.write_create, note="may go out in parts"),
    sent(methods.ENTRYORDER_QUERY, entryorder.write_query, entryorder.read_query_page),
    sent(methods.RETURNORDER_CREATE, returnorder.write_create),
    sent(
        methods.RETURNORDER_QUERY,
        returnorder.write_query,
        returnorder.read_query_page,
        unverified="the answer's fields: taken to be those of returnorder.confirm",
    ),
    received(methods.ENTRYORDER_CONFIRM, entry_reports.read_confirm, note="may come in parts"),
    received(methods.RETURNORDER_CONFIRM, return_reports.read_confirm),
    received(
        methods.RETURNPACKAGE_REPORT,
        return_reports.read_package_report,
        unverified="the direction, and the fields of its order",
    ),
)

_LEAVING = (
    sent(
        methods.STOCKOUT_CREATE,
        stockout.write_create,
        stockout.read_create,
        note="may go out in parts",
    ),
    sent(
        methods.STOCKOUT_QUERY,
        stockout.write_query,
        stockout.read_query_page,
        unverified="the answer's fields: known from one client only",
    ),
    sent(
        methods.DELIVERYORDER_CREATE,
        deliveryorder.write_create,
        deliveryorder.read_create,
        note="the WMS may split it",
    ),
    sent(
        methods.DELIVERYORDER_BATCHCREATE,
        deliveryorder.write_batch_create,
        deliveryorder.read_batch_create,
        note="answers with the failed orders only; what became of them may be told later",
    ),
    sent(methods.DELIVERYORDER_QUERY, deliveryorder.write_query, deliveryorder.read_query_page),
    sent(
        methods.PRESALESPACKAGE_CONSIGN,
        presalespackage.write_consign,
        note="its amount is in fen, unlike all others; for orders sold ahead, which the OMS hasn't",
    ),
    received(methods.STOCKOUT_CONFIRM, stockout_reports.read_confirm, note="may come in parts"),
    received(methods.DELIVERYORDER_CONFIRM, delivery_reports.read_confirm),
    received(methods.DELIVERYORDER_BATCHCONFIRM, delivery_reports.read_batch_confirm),
    received(
        methods.DELIVERYORDER_BATCHCREATE_ANSWER,
        delivery_reports.read_batch_create,
        unverified="where our number stands: taken to be deliveryOrderCode, in the order or its"
        " orderInfo; how one is refused: taken to be flag and message",
    ),
    received(methods.WAVENUM_REPORT, delivery_reports.read_wave),
    received(methods.SN_REPORT, serial_reports.read_delivery, note="paged"),
    received(
        methods.ORDER_SN_REPORT,
        serial_reports.read_order,
        unverified="the fields of its order; paged",
    ),
)

_CONTROL = (
    sent(methods.ORDER_CANCEL, ordercontrol.write_cancel, note="for all kinds of orders"),
    sent(methods.ORDER_PENDING, ordercontrol.write_pending),
    sent(
        methods.ORDER_CALLBACK,
        ordercontrol.write_intercept,
        note="whether it was stopped comes later, as a step",
    ),
    sent(methods.ORDERPROCESS_QUERY, ordercontrol.write_query, ordercontrol.read_query),
    sent(
        methods.ORDERSTATUS_BATCHQUERY,
        ordercontrol.write_status_query,
        ordercontrol.read_status_query,
        unverified="whether the page is page or currentPage: both are sent",
    ),
    sent(
        methods.ITEMLACK_QUERY,
        ordercontrol.write_lack_query,
        ordercontrol.read_lack_query,
        unverified="the items' fields: taken to be those of itemlack.report",
    ),
    received(methods.ORDERPROCESS_REPORT, order_reports.read_process),
    received(methods.ORDEREXCEPTION_REPORT, order_reports.read_exception),
    received(methods.ITEMLACK_REPORT, order_reports.read_lack),
)

_STOCK = (
    sent(methods.INVENTORY_QUERY, inventory.write_query, inventory.read_query),
    sent(methods.STOCK_QUERY, inventory.write_stock_query, inventory.read_stock_query),
    sent(
        methods.INVENTORYBATCH_QUERY,
        inventory.write_batch_query,
        inventory.read_batch_query,
        unverified="the items' fields: taken to be those of stock.query",
    ),
    sent(
        methods.INVENTORYCHECK_QUERY,
        inventory.write_check_query,
        inventory.read_check_query,
        unverified="the answer's fields: known from one client only",
    ),
    sent(
        methods.INVENTORY_SYNCHRONIZE,
        inventory.write_synchronize,
        unverified="the items' fields: taken to be those of inventory.report",
    ),
    received(
        methods.INVENTORY_REPORT, stock_reports.read_count, note="paged; quantities are signed"
    ),
    received(methods.STOCKCHANGE_REPORT, stock_reports.read_change, note="each item for itself"),
    received(
        methods.INVENTORY_SYNCHRONIZE_REPORT,
        stock_reports.read_adjustment,
        unverified="the items' fields",
    ),
)

_INSIDE = (
    sent(methods.STOREPROCESS_CREATE, storeprocess.write_create, storeprocess.read_create),
    sent(
        methods.TRANSFERORDER_CREATE,
        transferorder.write_create,
        transferorder.read_create,
        unverified="the name of the list's elements. Sent where a connection takes transfers",
    ),
    sent(
        methods.TRANSFERORDER_QUERY,
        transferorder.write_query,
        transferorder.read_query,
        unverified="all fields: taken to be those of transferorder.report",
    ),
    received(methods.STOREPROCESS_CONFIRM, process_reports.read_confirm),
    received(
        methods.TRANSFERORDER_REPORT,
        transfer_reports.read_report,
        unverified="the codes of orderStatus: taken to be those of other orders. Its counts run",
    ),
)

_QUESTIONS = (
    received(
        methods.ORDER_QUERY,
        questions.read_order_question,
        questions.write_found_orders,
        unverified="the fields of both sides",
    ),
    received(
        methods.RECEIVERINFO_QUERY, questions.read_receiver_question, questions.write_receiver
    ),
    received(
        methods.EXPRESSINFO_QUERY,
        questions.read_carrier_question,
        questions.write_carriers,
        unverified="the fields of both sides",
    ),
)

CATALOGUE: Mapping[str, MessageType] = {
    each.method: each
    for each in (
        *_MASTER_DATA,
        *_ARRIVING,
        *_LEAVING,
        *_CONTROL,
        *_STOCK,
        *_INSIDE,
        *_QUESTIONS,
    )
}
"""Every message by its method, family by family."""
