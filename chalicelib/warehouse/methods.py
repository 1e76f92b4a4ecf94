"""The names of the protocol's messages, without the gateway's prefix. `catalogue` says what each
is.
"""

from __future__ import annotations

# To the WMS: master data.
SINGLEITEM_SYNCHRONIZE = "singleitem.synchronize"
SINGLEITEM_QUERY = "singleitem.query"
ITEMS_SYNCHRONIZE = "items.synchronize"
COMBINEITEM_SYNCHRONIZE = "combineitem.synchronize"
COMBINEITEM_QUERY = "combineitem.query"
COMBINEITEM_DELETE = "combineitem.delete"
SUPPLIER_SYNCHRONIZE = "supplier.synchronize"
SHOP_SYNCHRONIZE = "shop.synchronize"
WAREHOUSEINFO_SYNCHRONIZE = "warehouseinfo.synchronize"
WAREHOUSEINFO_QUERY = "warehouseinfo.query"

# To the WMS: what is to arrive and to leave.
ENTRYORDER_CREATE = "entryorder.create"
ENTRYORDER_QUERY = "entryorder.query"
RETURNORDER_CREATE = "returnorder.create"
RETURNORDER_QUERY = "returnorder.query"
STOCKOUT_CREATE = "stockout.create"
STOCKOUT_QUERY = "stockout.query"
DELIVERYORDER_CREATE = "deliveryorder.create"
DELIVERYORDER_BATCHCREATE = "deliveryorder.batchcreate"
DELIVERYORDER_QUERY = "deliveryorder.query"
PRESALESPACKAGE_CONSIGN = "presalespackage.consign"

# To the WMS: control.
ORDER_CANCEL = "order.cancel"
ORDER_PENDING = "order.pending"
ORDER_CALLBACK = "order.callback"
ORDERPROCESS_QUERY = "orderprocess.query"
ORDERSTATUS_BATCHQUERY = "orderstatus.batchquery"
ITEMLACK_QUERY = "itemlack.query"

# To the WMS: stock, processing, transfers.
INVENTORY_QUERY = "inventory.query"
STOCK_QUERY = "stock.query"
INVENTORYBATCH_QUERY = "inventorybatch.query"
INVENTORYCHECK_QUERY = "inventorycheck.query"
INVENTORY_SYNCHRONIZE = "inventory.synchronize"
STOREPROCESS_CREATE = "storeprocess.create"
TRANSFERORDER_CREATE = "transferorder.create"
TRANSFERORDER_QUERY = "transferorder.query"

TO_WMS = frozenset(value for name, value in list(globals().items()) if name.isupper())
"""The names above: what the OMS says, and no WMS says to it."""

# From the WMS.
ENTRYORDER_CONFIRM = "entryorder.confirm"
RETURNORDER_CONFIRM = "returnorder.confirm"
RETURNPACKAGE_REPORT = "returnpackage.report"
STOCKOUT_CONFIRM = "stockout.confirm"
DELIVERYORDER_CONFIRM = "deliveryorder.confirm"
DELIVERYORDER_BATCHCONFIRM = "deliveryorder.batchconfirm"
DELIVERYORDER_BATCHCREATE_ANSWER = "deliveryorder.batchcreate.answer"
WAVENUM_REPORT = "wavenum.report"
ORDERPROCESS_REPORT = "orderprocess.report"
ORDEREXCEPTION_REPORT = "orderexception.report"
ITEMLACK_REPORT = "itemlack.report"
INVENTORY_REPORT = "inventory.report"
STOCKCHANGE_REPORT = "stockchange.report"
INVENTORY_SYNCHRONIZE_REPORT = "inventory.synchronize.report"
STOREPROCESS_CONFIRM = "storeprocess.confirm"
TRANSFERORDER_REPORT = "transferorder.report"
SN_REPORT = "sn.report"
ORDER_SN_REPORT = "order.sn.report"
ORDER_QUERY = "order.query"
RECEIVERINFO_QUERY = "receiverinfo.query"
EXPRESSINFO_QUERY = "expressinfo.query"
