"""The protocol's lists of codes, with what each code means.

The lists are open: partners have codes of their own, and new ones come. So documents carry codes
as text, an unknown one is kept and passed on, and none is ever a reason to refuse a message. These
names are for the code's own use and for `docs/wms-messages.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """A code and its meaning; the value is what stands on the wire."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Code:
        """The code as a text that knows its meaning."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code


def _names(pairs: str) -> Mapping[str, str]:
    """Code and name, pair by pair: `SF 顺丰, EMS 标准快递`."""
    return dict(pair.split(" ", 1) for pair in pairs.split(", "))


class InboundType(Code):
    """orderType of what arrives (入库单类型)."""

    CGRK = "CGRK", "purchase (采购入库)"
    DBRK = "DBRK", "transfer in (调拨入库)"
    QTRK = "QTRK", "other (其他入库)"
    SCRK = "SCRK", "production (生产入库)"
    LYRK = "LYRK", "requisition (领用入库)"
    CCRK = "CCRK", "defective goods (残次品入库)"
    B2BRK = "B2BRK", "business-to-business (B2B 入库)"
    XNRK = "XNRK", "virtual (虚拟入库)"
    THRK = "THRK", "return (退货入库)"
    HHRK = "HHRK", "exchange (换货入库)"
    XTRK = "XTRK", "sales return (销退入库)"
    THYRK = "THYRK", "unexpected return, Wangdiantong (预退货入库)"


class OutboundType(Code):
    """orderType of what leaves (出库单类型)."""

    JYCK = "JYCK", "sale (一般交易出库)"
    HHCK = "HHCK", "exchange (换货出库)"
    BFCK = "BFCK", "sent once more (补发出库)"
    QTCK = "QTCK", "other (其他出库)"
    PTCK = "PTCK", "plain (普通出库)"
    DBCK = "DBCK", "transfer out (调拨出库)"
    B2BCK = "B2BCK", "business-to-business (B2B 出库)"
    CGTH = "CGTH", "return to the supplier (采购退货出库)"
    XNCK = "XNCK", "virtual (虚拟出库)"
    JITCK = "JITCK", "VIP just in time (唯品出库)"
    SCCK = "SCCK", "production, Wangdiantong (生产出库)"


class ProcessType(Code):
    """orderType of work inside the warehouse (仓内加工)."""

    CNJG = "CNJG", "processing in the warehouse (仓内加工)"


class RelatedType(Code):
    """orderType of a related order (关联单据类型)."""

    CG = "CG", "purchase (采购单)"
    DB = "DB", "transfer (调拨单)"
    CK = "CK", "outbound order (出库单)"
    RK = "RK", "inbound order (入库单)"


class InventoryType(Code):
    """Quality of stock (库存类型). ZLC, XQC and XTC are seen too; their meaning isn't known."""

    ZP = "ZP", "good (正品)"
    CC = "CC", "defective (残次)"
    JS = "JS", "damaged by machine (机损)"
    XS = "XS", "damaged box (箱损)"
    ZT = "ZT", "in transit (在途)"
    DJ = "DJ", "frozen, some systems (冻结)"


class TransferInventoryType(Code):
    """Quality of stock in transferorder.*, which has figures of its own."""

    SELLABLE = "1", "sellable (可销售)"
    DEFECTIVE = "101", "defective (残次)"


class ItemType(Code):
    """Kind of item (商品类型)."""

    ZC = "ZC", "normal (正常商品)"
    FX = "FX", "distribution (分销商品)"
    ZH = "ZH", "combined (组合商品)"
    ZP = "ZP", "gift (赠品)"
    BC = "BC", "packing material (包材)"
    HC = "HC", "consumable (耗材)"
    FL = "FL", "auxiliary material (辅料)"
    XN = "XN", "virtual (虚拟品)"
    FS = "FS", "accessory (附属品)"
    CC = "CC", "defective (残次品)"
    OTHER = "OTHER", "other (其它)"


class EntryStatus(Code):
    """Status of an inbound order (入库单状态)."""

    NEW = "NEW", "not yet begun (未开始处理)"
    ACCEPT = "ACCEPT", "accepted (仓库接单)"
    PARTFULFILLED = "PARTFULFILLED", "partly received (部分收货完成)"
    FULFILLED = "FULFILLED", "received (收货完成)"
    EXCEPTION = "EXCEPTION", "exception (异常)"
    CANCELED = "CANCELED", "cancelled (取消)"
    CLOSED = "CLOSED", "closed (关闭)"
    REJECT = "REJECT", "declined by the warehouse (拒单)"
    CANCELEDFAIL = "CANCELEDFAIL", "cancelling failed (取消失败)"


class DeliveryStatus(Code):
    """Status of an outbound order (出库单状态)."""

    NEW = "NEW", "not yet begun (未开始处理)"
    ACCEPT = "ACCEPT", "accepted (仓库接单)"
    PARTDELIVERED = "PARTDELIVERED", "partly shipped (部分发货完成)"
    DELIVERED = "DELIVERED", "shipped (发货完成)"
    EXCEPTION = "EXCEPTION", "exception (异常)"
    CANCELED = "CANCELED", "cancelled (取消)"
    CLOSED = "CLOSED", "closed (关闭)"
    REJECT = "REJECT", "declined by the warehouse (拒单)"
    CANCELEDFAIL = "CANCELEDFAIL", "cancelling failed (取消失败)"


class ProcessStatus(Code):
    """A step of an order at the warehouse (单据状态); `statuses` says what we make of it."""

    NEW = "NEW", "not yet begun, in queries (未开始处理)"
    ACCEPT = "ACCEPT", "accepted (仓库接单)"
    PARTFULFILLED = "PARTFULFILLED", "partly received (部分收货完成)"
    FULFILLED = "FULFILLED", "received (收货完成)"
    PRINT = "PRINT", "printed (打印)"
    PICK = "PICK", "picked (捡货)"
    CHECK = "CHECK", "checked (复核)"
    PACKAGE = "PACKAGE", "packed (打包)"
    WEIGH = "WEIGH", "weighed (称重)"
    READY = "READY", "ready to be collected (待提货)"
    PARTDELIVERED = "PARTDELIVERED", "partly shipped (部分发货完成)"
    DELIVERED = "DELIVERED", "shipped (已发货)"
    SIGN = "SIGN", "signed for (签收)"
    REFUSE = "REFUSE", "refused by the buyer (买家拒签)"
    EXCEPTION = "EXCEPTION", "exception (异常)"
    CLOSED = "CLOSED", "closed (关闭)"
    CANCELED = "CANCELED", "cancelled (取消)"
    CANCELEDFAIL = "CANCELEDFAIL", "cancelling failed, in queries (取消失败)"
    REJECT = "REJECT", "declined by the warehouse (仓库拒单)"
    TMSCANCELED = "TMSCANCELED", "intercepted by the carrier (快递拦截)"
    TMSCANCELFAILED = "TMSCANCELFAILED", "the carrier couldn't intercept it (快递拦截失败)"
    OTHER = "OTHER", "other (其他)"


CARRIERS = _names(
    "SF 顺丰, EMS 标准快递, EYB 经济快件, ZJS 宅急送, YTO 圆通, ZTO 中通, HTKY 百世汇通, "
    "UC 优速, STO 申通, TTKDEX 天天快递, QFKD 全峰, FAST 快捷, POSTB 邮政小包, GTO 国通, "
    "YUNDA 韵达, JD 京东配送, DD 当当宅配, AMAZON 亚马逊物流, OTHER 其他"
)
"""logisticsCode (物流公司编码); a very open list. OTHER also where the warehouse chooses."""


PLATFORMS = _names(
    "TB 淘宝, TM 天猫, JD 京东, DD 当当, PP 拍拍, YX 易迅, EBAY eBay, QQ QQ 网购, AMAZON 亚马逊, "
    "SN 苏宁, GM 国美, WPH 唯品会, JM 聚美, LF 乐蜂, MGJ 蘑菇街, JS 聚尚, PX 拍鞋, YT 银泰, "
    "YHD 1 号店, VANCL 凡客, YL 邮乐, YG 优购, 1688 阿里巴巴, POS POS 门店, MIA 蜜芽, "
    "GW 商家官网, CT 村淘, YJWD 云集微店, PDD 拼多多, OTHER 其他, OTHERS 其他"
)
"""sourcePlatformCode (订单来源平台编码)."""


class OrderFlag(Code):
    """Marks of an order (订单标记); several are joined by `^`."""

    COD = "COD", "cash on delivery (货到付款)"
    LIMIT = "LIMIT", "limited delivery time (限时配送)"
    PRESELL = "PRESELL", "sold ahead (预售)"
    COMPLAIN = "COMPLAIN", "complained about (已投诉)"
    SPLIT = "SPLIT", "split (拆单)"
    EXCHANGE = "EXCHANGE", "exchange (换货)"
    VISIT = "VISIT", "collected at the door (上门)"
    MODIFYTRANSPORT = "MODIFYTRANSPORT", "the carrier may be changed (可改配送方式)"
    CONSIGN = "CONSIGN", "the carrier ships by itself (物流宝代理发货)"
    SELLER_AFFORD = "SELLER_AFFORD", "the seller bears the freight (卖家承担运费)"
    FENXIAO = "FENXIAO", "distribution order (分销订单)"
    SYNC_RETURN_BILL = "SYNC_RETURN_BILL", "of returns: refund together (同时退货退款)"


class ScheduleType(Code):
    """When to deliver (投递时延要求)."""

    WORKDAY = "1", "workdays (工作日)"
    HOLIDAY = "2", "holidays (节假日)"
    SAME_DAY = "101", "the same day (当日达)"
    NEXT_MORNING = "102", "the next morning (次晨达)"
    NEXT_DAY = "103", "the next day (次日达)"
    APPOINTMENT = "104", "by appointment (预约达)"
    SECOND_DAY = "105", "the second day, Wangdiantong (隔日达)"


class DeliveryType(Code):
    """How to deliver (发货服务类型)."""

    PTPS = "PTPS", "ordinary (普通配送)"
    LLPS = "LLPS", "cold chain (冷链配送)"
    HBP = "HBP", "green (环保配)"


class InvoiceType(Code):
    """Kind of invoice (发票类型)."""

    INVOICE = "INVOICE", "ordinary (普通发票)"
    VINVOICE = "VINVOICE", "special, for VAT (增值税专用发票)"
    EVINVOICE = "EVINVOICE", "electronic (电子增票)"


class IdentityType(Code):
    """Kind of a recipient's identity document (证件类型)."""

    IDENTITY_CARD = "1", "identity card (身份证)"
    OFFICER = "2", "officer's card (军官证)"
    PASSPORT = "3", "passport (护照)"
    OTHER = "4", "other (其他)"


class ExceptionType(Code):
    """messageType of orderexception.report (异常类型)."""

    SYSTEM_SHORTAGE = "101", "short in the system (系统缺货)"
    PHYSICAL_SHORTAGE = "102", "short on the shelf (实物缺货)"
    LATE = "201", "delivery late (配送延迟)"
    REFUSED = "202", "refused or returned (拒收)"
    LOST = "203", "parcel lost (丢件)"


class ServiceType(Code):
    """What is done in the warehouse (加工类型)."""

    ASSEMBLE = "1", "assemble (组合)"
    TAKE_APART = "2", "take apart (拆分)"


class SyncAction(Code):
    """actionType of master data (操作类型)."""

    ADD = "add", "new (新增)"
    UPDATE = "update", "changed (更新)"


class PendingAction(Code):
    """actionType of order.pending (操作类型)."""

    PENDING = "pending", "hold it (挂起)"
    RESTORE = "restore", "go on with it (恢复)"


class AdjustType(Code):
    """adjustType of inventory.report (变动类型)."""

    CHECK = "CHECK", "stock count (盘点)"
    ADJUST = "ADJUST", "adjustment (调整)"


class OrderSourceType(Code):
    """orderSourceType of stockout.create (出库单渠道类型)."""

    VIP = "VIP", "唯品会"
    FX = "FX", "distribution (分销)"
    SHOP = "SHOP", "shop (门店)"


LISTS: tuple[type[Code], ...] = tuple(Code.__subclasses__())
"""Every list of these, in the order in which they stand here."""
