"""Connections to warehouse systems, as data: how to reach one, how to sign, what its words mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from chalicelib.warehouse.dialect import Dialect, Quantities, spelling_of
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.hours import ALWAYS, Hours
from chalicelib.warehouse.signing import METHODS, Credentials
from chalicelib.warehouse.spelling import Spelling

INTERCEPT_WAIT_SECONDS = 86_400
"""How long an intercept waits for its answer unless the connection says otherwise: a day, in which
a carrier has scanned the parcel, or hasn't.
"""

UNIFIED = "OTHER"
"""The protocol's name of a warehouse that the WMS chooses."""


class Secrets(Protocol):
    """Where secrets are: `aws.secrets.SecretsManager` in production."""

    def current(self, name: str) -> tuple[str, ...]:
        """The current secret first, then the previous one while it is being changed; empty if there
        is none.
        """
        ...


class Failure(StrEnum):
    """What a WMS's `failure` means for the sender.

    ALREADY_EXISTS: it has what we want it to have (for a cancel: it is cancelled already).
    NOT_FOUND: it doesn't know the document. RETRY: nothing is wrong with the document, try again.
    REFUSED: it won't take it.
    """

    ALREADY_EXISTS = "ALREADY_EXISTS"
    NOT_FOUND = "NOT_FOUND"
    RETRY = "RETRY"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRule:
    """Regular expressions that a failure's method, code and text have to match (`re.search`)."""

    kind: Failure
    method: str = ""
    code: str = ""
    text: str = ""


DEFAULT_RULES = (
    FailureRule(
        kind=Failure.ALREADY_EXISTS,
        method=r"\.(create|synchronize)$",
        text=r"(?i)(单|order|item|商品).{0,20}(已存在|already exist)"
        r"|^\s*已存在|重复(单|下单|创建|提交)",
    ),
    FailureRule(
        kind=Failure.ALREADY_EXISTS, method=r"^order\.cancel$", text=r"(?i)已取消|already cancel"
    ),
    FailureRule(
        kind=Failure.NOT_FOUND,
        method=r"\.query$|^order\.cancel$",
        text=r"(?i)(单|order).{0,20}(不存在|未找到|not (found|exist))|(无此|没有此|查无)(订)?单",
    ),
    FailureRule(
        kind=Failure.NOT_FOUND,
        method=r"^(singleitem\.query|combineitem\.(query|delete))$",
        text=r"(?i)(商品|货品|item).{0,60}(不存在|未找到|未同步|not (found|exist))"
        r"|(无此|没有此|查无)(组合)?(商品|货品)",
    ),
    FailureRule(
        kind=Failure.ALREADY_EXISTS,
        method=r"^(shop|warehouseinfo)\.synchronize$",
        text=r"(?i)(店铺|仓库|shop|warehouse).{0,60}(已存在|already exist)",
    ),
    FailureRule(
        kind=Failure.NOT_FOUND,
        method=r"^warehouseinfo\.query$",
        text=r"(?i)(仓库|warehouse).{0,60}(不存在|未找到|未同步|not (found|exist))"
        r"|(无此|没有此|查无)仓库",
    ),
    FailureRule(kind=Failure.RETRY, code=r"^(TOP\d+|-1000)$"),
    FailureRule(
        kind=Failure.RETRY,
        text=r"(?i)签名|授权|权限|app_?key|customer_?id|时间窗|timestamp"
        r"|系统繁忙|繁忙|稍后|请重试|time.?out|超时|busy",
    ),
)
"""What failures usually say: codes are free, so the texts decide. A connection's own rules come
first; what no rule knows is REFUSED.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One WMS. `owner` is our code there (ownerCode); `sender` stands on the parcels.

    `secret` and `callback_secret` are names in `Secrets`: what we sign with, what it signs with.
    The `callback_` ids are what it calls us with; empty ones are the same as ours.
    `unique_out_biz_code`: whether its outBizCode names one message (a re-send repeats it, another
    message never does). `warehouse_codes` maps our warehouses' codes to its own where they differ.
    `absolute_counts`: its inventory.report tells what lies there, not what differs.
    `slow_seconds`: an answer later than this counts against the peer as a failure does.
    `intercepts`: after a refused cancel the parcel is to be stopped on the road by itself. Whoever
    asked for it: what is unanswered after `intercept_wait_seconds` is asked for once more, and is a
    case then.

    Every WMS is told SKUs; the `takes_` say what else: suppliers and bundles unless it doesn't want
    them, the shops whose orders it ships and its own warehouses where that is agreed on.
    Adjustments that a WMS isn't told of are booked here as they are ordered. With `batch_items`
    above 1, changed SKUs are gathered for some seconds and go by items.synchronize, at most so
    many in one message; so do delivery orders, with `batch_orders`, by deliveryorder.batchcreate.
    A WMS with `batch_answer_seconds` says what became of them later
    (deliveryorder.batchcreate.answer), and is asked about those of which it has said nothing after
    so long; 0: its answer at once counts. `takes_transfers`: a transfer between two warehouses of
    this WMS goes as one document (transferorder.create) instead of one for each warehouse, where
    that can say it. `queries_per_minute` is how fast it may be asked what it knows of our master
    data. `finds_orders`: it may ask for the orders of a person among those it has (order.query).

    A document of more than `most_lines` goes out in parts (0: it takes any). `confirms_in_parts`:
    a confirm with fewer lines than its totalOrderLines is a part, and is booked when all have come;
    False for a WMS that counts the order's lines there, whatever it reports. Parts that haven't
    come `parts_wait_seconds` after the last one are a case.
    `most_at_once` calls, `calls_per_minute`: over all containers; 0 is no limit. `hours`: when it
    may be called; what comes outside waits.

    `dialect` names one of `DIALECTS`; `method_prefix`, `zone`, `declaration` and `stock_changes`
    say single things otherwise than it does (None, or "", as it does).
    """

    code: str
    url: str
    customer_id: str
    app_key: str
    secret: str
    owner: str
    sender: Contact
    callback_secret: str = ""
    callback_app_key: str = ""
    callback_customer_id: str = ""
    dialect: str = "qimen"
    method_prefix: str | None = None
    zone: str = ""
    declaration: bool | None = None
    stock_changes: Quantities | None = None
    version: str = "2.0"
    sign_method: str = "md5"
    callback_sign_methods: tuple[str, ...] = METHODS
    timeout_seconds: int = 20
    slow_seconds: int = 15
    window_seconds: int = 600
    logistics_code: str = "OTHER"
    unique_out_biz_code: bool = False
    absolute_counts: bool = False
    most_attempts: int = 12
    failures: tuple[FailureRule, ...] = ()
    warehouse_codes: Mapping[str, str] = field(default_factory=dict)
    intercepts: bool = False
    intercept_wait_seconds: int = INTERCEPT_WAIT_SECONDS
    most_lines: int = 0
    confirms_in_parts: bool = True
    parts_wait_seconds: int = 3600
    most_at_once: int = 0
    calls_per_minute: int = 0
    hours: Hours = ALWAYS
    active: bool = True
    takes_suppliers: bool = True
    takes_bundles: bool = True
    takes_shops: bool = False
    takes_warehouses: bool = False
    takes_transfers: bool = False
    takes_adjustments: bool = False
    batch_items: int = 0
    batch_orders: int = 0
    batch_answer_seconds: int = 0
    queries_per_minute: int = 300
    finds_orders: bool = False

    @property
    def spoken(self) -> Dialect:
        """What it speaks."""
        return DIALECTS[self.dialect]

    @property
    def spelling(self) -> Spelling:
        """How what it speaks is spelled, whatever a message is about."""
        return self.spelling_in("")

    def spelling_in(self, method: str) -> Spelling:
        """How a message, by our name of it, and its answer are spelled."""
        spoken = self.spoken
        return spelling_of(spoken, spoken.kind_of(method), self.zone, self.declaration)

    @property
    def prefix(self) -> str:
        """What stands before the method in calls to it."""
        return self.spoken.prefix if self.method_prefix is None else self.method_prefix

    @property
    def quantities(self) -> Quantities:
        """How its stock changes tell their direction."""
        return self.stock_changes or self.spoken.stock_changes

    def warehouse_code(self, warehouse: str) -> str:
        """What the WMS calls a warehouse of ours."""
        return self.warehouse_codes.get(warehouse, warehouse)

    def warehouses_named(self, named: str, ours: Sequence[str]) -> list[str]:
        """Those of `ours` that the WMS means by a name of its own; all where it names none."""
        if named in ("", UNIFIED):
            return list(ours)
        return [code for code in ours if self.warehouse_code(code) == named]

    def classify(self, method: str, answer: Answer) -> Failure:
        """What a failure means: the first rule that matches, its own rules before the usual
        ones.
        """
        for rule in (*self.failures, *DEFAULT_RULES):
            if (
                re.search(rule.method, method)
                and re.search(rule.code, answer.code)
                and re.search(rule.text, answer.message)
            ):
                return rule.kind
        return Failure.REFUSED


def credentials(connection: Connection, secrets: Secrets) -> Credentials:
    """Whom a callback of this WMS has to prove to be."""
    return Credentials(
        app_key=connection.callback_app_key or connection.app_key,
        customer_id=connection.callback_customer_id or connection.customer_id,
        secrets=secrets.current(connection.callback_secret or connection.secret),
        window_seconds=connection.window_seconds,
        sign_methods=connection.callback_sign_methods,
        rule=connection.spoken.sign,
        zone=connection.spelling.zone,
    )
