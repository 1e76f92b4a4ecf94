"""singleitem.synchronize, singleitem.query and items.synchronize."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import repeated
from chalicelib.warehouse.codec.outgoing.fields import (
    centimetres,
    day,
    flag,
    kilograms,
    litres,
    maybe,
    needed,
    needed_name,
    needed_text,
    yuan,
)
from chalicelib.warehouse.codec.parts import given, read_answer, yes_no
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.codes import SyncAction
from chalicelib.warehouse.documents.outgoing.item import (
    FailedItem,
    Item,
    ItemAnswer,
    ItemQuery,
    ItemsAnswer,
    ItemsSync,
    ItemSync,
    KnownItem,
)
from chalicelib.warehouse.texts import REMARK_LENGTH, name, remark
from chalicelib.warehouse.xml import Content, Node

_KNOWN = ("itemCode", "itemId", "itemName", "barCode", "itemType", "stockUnit", "isValid")


def action(*, update: bool) -> str:
    """actionType of master data."""
    return SyncAction.UPDATE if update else SyncAction.ADD


def write_synchronize(item: ItemSync) -> Content:
    """One SKU. `itemId` is repeated once the WMS has given one."""
    return {
        "actionType": action(update=item.update),
        "warehouseCode": needed(item.warehouse_code, "warehouseCode"),
        "ownerCode": needed(item.owner_code, "ownerCode"),
        "supplierCode": maybe(item.supplier_code, "supplierCode"),
        "supplierName": given(name(item.supplier_name)),
        "item": _item(item),
    }


def write_synchronize_many(items: ItemsSync) -> Content:
    """Several SKUs; the protocol names no supplier here."""
    return {
        "actionType": action(update=items.update),
        "warehouseCode": needed(items.warehouse_code, "warehouseCode"),
        "ownerCode": needed(items.owner_code, "ownerCode"),
        "items": repeated("item", [_item(each) for each in items.items]),
    }


def read_synchronize_many(response: Node) -> ItemsAnswer:
    """The items told are the failed ones, whatever the flag says."""
    return ItemsAnswer(
        answer=read_answer(response),
        failed=tuple(
            FailedItem(
                item_code=each.code("itemCode"),
                message=each.text("message") or "",
                path=each.path,
            )
            for each in response.listed("items", "item")
        ),
    )


def write_query(query: ItemQuery) -> Content:
    """One item, by our code and, where known, the WMS's."""
    return {
        "ownerCode": needed(query.owner_code, "ownerCode"),
        "itemCode": needed(query.item_code, "itemCode"),
        "itemId": maybe(query.item_id, "itemId"),
    }


def read_query(response: Node) -> ItemAnswer:
    """The item that the WMS has, if it has one."""
    answer, item = read_answer(response), response.child("item")
    if item is None:
        return ItemAnswer(answer=answer)
    return ItemAnswer(
        answer=answer,
        item=KnownItem(
            item_code=item.code("itemCode"),
            item_id=item.code("itemId"),
            item_name=item.text("itemName") or "",
            bar_code=item.text("barCode") or "",
            item_type=item.code("itemType"),
            unit=item.text("stockUnit") or "",
            valid={"Y": True, "N": False}.get(item.text("isValid") or ""),
            rest=rest(item, *_KNOWN),
        ),
    )


def _item(item: Item) -> Content:
    return {
        "itemCode": needed(item.item_code, "itemCode"),
        "itemId": maybe(item.item_id, "itemId"),
        "itemName": needed_name(item.item_name, "itemName"),
        "barCode": needed_text(item.bar_code, "barCode", REMARK_LENGTH),
        "itemType": needed(item.item_type, "itemType"),
        **_names(item),
        **_measures(item),
        **_prices(item),
        **_keeping(item),
        "isValid": yes_no(item.valid),
        "isSku": yes_no(item.is_sku),
        "createTime": item.created_at,
        "updateTime": item.updated_at,
        "remark": given(remark(item.remark)),
    }


def _names(item: Item) -> dict[str, Content]:
    return {
        "goodsCode": maybe(item.goods_code, "goodsCode"),
        "shortName": given(name(item.short_name)),
        "englishName": given(name(item.english_name)),
        "title": given(name(item.title)),
        "stockUnit": maybe(item.unit, "stockUnit"),
        "skuProperty": given(name(item.specification)),
        "color": maybe(item.color, "color"),
        "size": maybe(item.size, "size"),
        "categoryId": maybe(item.category_code, "categoryId"),
        "categoryName": given(name(item.category)),
        "seasonCode": maybe(item.season_code, "seasonCode"),
        "seasonName": given(name(item.season)),
        "brandCode": maybe(item.brand_code, "brandCode"),
        "brandName": given(name(item.brand)),
        "originAddress": given(name(item.origin)),
        "approvalNumber": maybe(item.approval_number, "approvalNumber"),
    }


def _measures(item: Item) -> dict[str, Content]:
    return {
        "length": centimetres(item.length_mm, "length"),
        "width": centimetres(item.width_mm, "width"),
        "height": centimetres(item.height_mm, "height"),
        "volume": litres(item.volume_ml, "volume"),
        # 0 in our catalog means that nobody has weighed it.
        "grossWeight": kilograms(item.weight_grams or None, "grossWeight"),
        "netWeight": kilograms(item.net_weight_grams, "netWeight"),
        "packCode": maybe(item.package_code, "packCode"),
        "pcs": maybe(item.pieces, "pcs"),
        "packageMaterial": given(name(item.packaging)),
    }


def _prices(item: Item) -> dict[str, Content]:
    return {
        "pricingCategory": maybe(item.pricing_category, "pricingCategory"),
        "tagPrice": yuan(item.tag_price),
        "retailPrice": yuan(item.retail_price),
        "costPrice": yuan(item.cost_price),
        "purchasePrice": yuan(item.purchase_price),
        "channelCode": maybe(item.channel_code, "channelCode"),
        "logisticsType": maybe(item.logistics_type, "logisticsType"),
    }


def _keeping(item: Item) -> dict[str, Content]:
    return {
        "safetyStock": item.safety_stock,
        "isSNMgmt": flag(item.serial_numbers),
        "isShelfLifeMgmt": flag(item.shelf_life),
        "shelfLife": item.shelf_life_hours,
        "rejectLifecycle": item.reject_days,
        "lockupLifecycle": item.lockup_days,
        "adventLifecycle": item.advent_days,
        "productDate": day(item.product_date),
        "expireDate": day(item.expire_date),
        "isBatchMgmt": flag(item.batches),
        "batchCode": maybe(item.batch_code, "batchCode"),
        "batchRemark": given(name(item.batch_remark)),
        "isFragile": flag(item.fragile),
        "isHazardous": flag(item.hazardous),
        "isLiquid": flag(item.liquid),
    }
