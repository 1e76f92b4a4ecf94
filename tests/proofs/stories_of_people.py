"""People, refusals and peers that don't answer."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chalicelib.kernel.clock import CHINA, to_text
from local.seeding import EAST, SHOP, SOUTH
from tests.proofs.contents import Moment
from tests.proofs.deliveries import Asked, Callback, Redriven, Scheduled, Signed
from tests.proofs.held_messages import prepared
from tests.proofs.main_job import LAMP, MUG, PIM, TEE, line, order_body, parcel, sku
from tests.proofs.stories_of_orders import cancel_of
from tests.proofs.telling import Story, Teller

# --- people step in


def people_change_orders(teller: Teller) -> None:
    """Held, and cancelled before the warehouse has it."""
    number = teller.order("early", [line(1, TEE, 1, "59.00")], payable="59.00")
    body = {"hold": "MANUAL", "reason": "ask first"}
    before = teller.world.moment()
    teller.keep("", Asked(path=f"/v1/orders/{number}/hold", body=body))
    teller.world.put_back(before)
    teller.settle(queues=["routing"])
    teller.keep("before the warehouse has it", cancel_of(number))


def people_close_again(teller: Teller) -> None:
    """A closed day is closed anew, compared again; the next day is closed on top of it."""
    again = {"day": _day(teller), "reason": "a receipt was late"}
    _, answer = teller.keep("", Asked(path="/v1/closes", body=again))
    teller.catch("snapshots: SnapshotShardWanted", "closed anew")
    teller.catch("dispatch: StockFiguresWanted", "closed anew")
    teller.settle()
    asked = {"warehouse": EAST}
    teller.keep("", Asked(path=f"/v1/closes/{answer['run']}/comparisons", body=asked))
    teller.settle()
    teller.world.cloud.clock.forward(days=2)
    teller.catch("snapshots: SnapshotShardWanted", "the day after")
    teller.catch("snapshots: ShardAuditWanted", "the day after")
    later = teller.world.cloud.clock.now()
    teller.keep("the day after", Scheduled(function="nightly_close", time=to_text(later)))
    teller.settle()


def a_day_is_missed_and_something_told_late(teller: Teller) -> None:
    """Nobody closed a day; what is told of a closed one restates it, and both are made up for."""
    happened = teller.world.cloud.clock.now().astimezone(ZoneInfo(CHINA))
    teller.world.cloud.clock.forward(days=3)
    change = (
        f"<request><items><item><ownerCode>DEMO</ownerCode><warehouseCode>{EAST}</warehouseCode>"
        f"<orderCode>LATE1</orderCode><outBizCode>LATE1</outBizCode><orderType>QTRK</orderType>"
        f"<itemCode>{TEE}</itemCode><inventoryType>ZP</inventoryType><quantity>2</quantity>"
        f"<changeTime>{happened:%Y-%m-%d %H:%M:%S}</changeTime></item></items></request>"
    )
    teller.deliver(Callback(wms=EAST, method="stockchange.report", body=change.encode()))
    teller.settle()
    teller.catch("snapshots: NextDayWanted", "after a day that was missed")
    teller.catch("snapshots: SnapshotShardWanted", "with something late")
    now = teller.world.cloud.clock.now()
    teller.deliver(Scheduled(function="nightly_close", time=to_text(now)))
    teller.settle()


def the_ledger_is_exported(teller: Teller) -> None:
    """A range of days as CSV."""
    day = _day(teller)
    body = {"id": "X-1", "warehouse": EAST, "since": day, "until": day}
    teller.catch("snapshots: ExportStepWanted", "of a day")
    teller.keep("", Asked(path="/v1/exports", body=body))
    teller.settle()


def _day(teller: Teller) -> str:
    rows = [
        row["business_date"]["S"]
        for row in teller.world.raw_rows("stock")
        if "business_date" in row
    ]
    return str(max(rows))


def numbers_are_handed_out(teller: Teller) -> None:
    teller.keep("", Asked(path="/v1/numbers", body={"buyer": "somebody", "count": 2}))


def letters_are_given_again(teller: Teller) -> None:
    """Twelve dead letters: more than SQS gives at once."""
    bodies = [f'{{"letter": {number}}}' for number in range(12)]
    teller.arranged("", Redriven(queue="routing"), lambda world: world.bury("routing", bodies))


# --- what is turned down


def documents_are_turned_down(teller: Teller) -> None:
    unknown = order_body("unknown", [line(1, "NOTHING", 1, "1.00")], payable="1.00")
    order = Signed(path="/v1/orders", client=SHOP, body=unknown)
    teller.keep("refused", order)
    teller.keep("forged", replace(order, forged=True))
    changed = sku(TEE) | {"name": "另一件商品"}
    body = {"skus": [changed, sku(MUG) | {"id": "pim-other"}, sku("NEW")]}
    teller.keep("one of them refused", Signed(path="/v1/skus", client=PIM, body=body))


def callbacks_are_turned_down(teller: Teller) -> None:
    peers, parts = teller.world.peers, teller.parts(teller.numbers["main"])
    step = teller.said(lambda: peers.step(EAST, parts[EAST], "ACCEPT"))
    teller.keep("forged", replace(step, forged=True, answer="failure"))
    broken = step.body.replace(b"<processStatus>", b"<processStatus>\x01")
    teller.keep("refused", replace(step, body=broken, answer="failure"))


# --- peers that don't answer


def nobody_answers(teller: Teller) -> None:
    """SMS provider, upstream and tax platform, each once; then the reminder comes."""
    world, parts = teller.world, teller.parts(teller.numbers["main"])
    before = world.moment()
    for fault, story in (("lost", "nobody answered"), ("not_sent", "it was never sent")):
        world.put_back(before)
        world.peers.ship(EAST, parts[EAST], packages=[parcel("SF1", TEE, 3)])
        for peer in ("sms", "erp"):
            world.peers.applications[peer].faults[:] = [fault]
        teller.catch("notices: NoticeDue", story)
        teller.catch("upstream: WebhookDue", story)
        teller.settle()


def the_tax_platform_is_silent(teller: Teller) -> None:
    """The invoice's first call stays without an answer, or is never sent; then its reminder
    comes.
    """
    shipped = _all_shipped(teller)
    for fault, story in (("lost", "nobody answered"), ("not_sent", "it was never sent")):
        teller.world.put_back(shipped)
        teller.world.peers.applications["tax"].faults[:] = [fault]
        teller.catch("invoicing: InvoiceDue", story)
        teller.settle()


def _all_shipped(teller: Teller) -> Moment:
    world, parts = teller.world, teller.parts(teller.numbers["main"])
    world.peers.ship(EAST, parts[EAST], packages=[parcel("SF1", TEE, 3), parcel("SF2", MUG, 2)])
    world.peers.ship(SOUTH, parts[SOUTH], packages=[parcel("YT1", LAMP, 3)])
    return world.moment()


def the_tax_platform_says_no(teller: Teller) -> None:
    """To the invoice itself, a few times, or when it is asked what became of it."""
    shipped = _all_shipped(teller)
    teller.world.peers.misbehave("tax", "fail", times=3)
    teller.catch("invoicing: InvoiceRequested", "the platform says no")
    teller.settle()
    teller.world.put_back(shipped)
    teller.world.peers.applications["tax"].faults[:] = ["dropped"]
    teller.world.peers.misbehave("tax", "fail", times=1)
    teller.catch("invoicing: InvoiceDue", "the platform says no")
    teller.settle()


def nobody_answers_at_midnight(teller: Teller) -> None:
    """The message may be among those of either day: the provider is asked for both."""
    world, parts = teller.world, teller.parts(teller.numbers["main"])
    now = world.cloud.clock.now()
    world.cloud.clock.moment = now.replace(hour=15, minute=59, second=30)
    world.peers.ship(EAST, parts[EAST], packages=[parcel("SF1", TEE, 3)])
    teller.catch("notices: NoticeDue", "about midnight")
    world.peers.applications["sms"].faults[:] = ["dropped"]
    teller.settle()


def a_parcel_without_a_waybill(teller: Teller) -> None:
    """The buyer can't be told where it is."""
    world, parts = teller.world, teller.parts(teller.numbers["main"])
    packages = [parcel("SF9", TEE, 3)]
    said = teller.said(lambda: world.peers.ship(EAST, parts[EAST], packages=packages))
    body = said.body.replace(b"<expressCode>SF9</expressCode>", b"")
    world.deliver(replace(said, body=body))
    teller.catch("notices: ParcelShipped", "nothing to tell")
    teller.settle()


def people_try_again(teller: Teller) -> None:
    """What the SMS provider, the tax platform and the upstream have refused for good."""
    _all_shipped(teller)
    peers = teller.world.peers
    peers.misbehave("sms", "fail")
    peers.misbehave("tax", "fail")
    peers.gone.add("erp")
    teller.settle()
    peers.gone.clear()
    for peer in ("sms", "tax"):
        peers.misbehave(peer, "normal")
    for kind, path in (
        ("NOTICE", "/v1/notices"),
        ("INVOICE", "/v1/invoices"),
        ("WEBHOOK", "/v1/stock-messages"),
    ):
        for id_ in teller.ids(kind)[:1]:
            again = Asked(
                path=f"{path}/{quote(id_, safe='')}/renew",
                body={},
                done_already=frozenset({"illegal_transition"}),
            )
            teller.keep("", again)


def people_settle_cases(teller: Teller) -> None:
    """A dispatch that the WMS refused is taken up again; its case is settled."""
    teller.world.peers.misbehave("wms", "fail", method="deliveryorder.create")
    teller.order("unwanted", [line(1, TEE, 1, "59.00")], payable="59.00")
    teller.settle(queues=["routing", "dispatch"])
    teller.world.peers.misbehave("wms", "normal", method="deliveryorder.create")
    case = teller.ids("EXCEPTION")[0]
    teller.keep("", Asked(path="/v1/exceptions/settle", body={"id": case, "because": "seen"}))
    (dispatch,) = (each for each in teller.ids("DISPATCH") if "deliveryorder.create" in each)
    teller.keep("", Asked(path="/v1/dispatches/requeue", body={"dispatch": dispatch}))


def people_replay_messages(teller: Teller) -> None:
    messages = prepared(teller.world)
    for name, verb in (("changes", "replay"), ("order", "replay"), ("held", "accept")):
        asked = Asked(path=f"/v1/messages/{messages[name]}/{verb}", body={"reason": "asked"})
        before = teller.world.moment()
        teller.keep(f"{name} as they were kept", asked)
        teller.world.put_back(before)


def people_change_rules(teller: Teller) -> None:
    rule = {
        "code": "many",
        "predicate": "quantity_above",
        "hold_type": "MANUAL",
        "parameters": {"pieces": 100},
    }
    rules = {"version": 0, "rules": [rule], "most_warehouses": 2}
    teller.keep("", Asked(verb="PUT", path=f"/v1/rules/{SHOP}", body=rules))
    path = f"/v1/shops/{SHOP}/notices/shipped"
    teller.keep("", Asked(verb="PUT", path=path, body={"on": False}))


STORIES = (
    Story(after="opening", tell=people_change_orders),
    Story(after="closing", tell=people_close_again),
    Story(after="closing", tell=a_day_is_missed_and_something_told_late),
    Story(after="closing", tell=the_ledger_is_exported),
    Story(after="opening", tell=numbers_are_handed_out),
    Story(after="opening", tell=letters_are_given_again),
    Story(after="opening", tell=documents_are_turned_down),
    Story(after="selling", tell=callbacks_are_turned_down),
    Story(after="selling", tell=nobody_answers),
    Story(after="selling", tell=the_tax_platform_is_silent),
    Story(after="selling", tell=the_tax_platform_says_no),
    Story(after="selling", tell=nobody_answers_at_midnight),
    Story(after="selling", tell=a_parcel_without_a_waybill),
    Story(after="selling", tell=people_try_again),
    Story(after="opening", tell=people_settle_cases),
    Story(after="opening", tell=people_change_rules),
    Story(after="beginning", tell=people_replay_messages),
)
