"""The use cases of notices: tell the buyer what a rule says, exactly once.

A notice is written before it is sent, under an id made from what it is about: a redelivered event
finds it and sends nothing. It is claimed before it is sent; a claim that nobody settles, and a call
that nobody answered, make it UNKNOWN, and then the provider is asked what it sent to the number.
Only what it twice didn't know, minutes apart (its records may lag), is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from chalicelib.catalog.model import Shop
from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.masking import mask_phone
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.reminders import CLAIM
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.exchange import Exchanged, Exchanges
from chalicelib.messages.model import Outcome
from chalicelib.notices.model import Notice, notice_id
from chalicelib.notices.progress import (
    MOST_ATTEMPTS,
    after_question,
    after_send,
    case_of,
    due,
    moved,
)
from chalicelib.notices.provider import Meaning, SmsProvider, Word
from chalicelib.notices.rules import RULES, Rule, rules_for
from chalicelib.notices.states import NoticeEvent, NoticeState
from chalicelib.notices.store import NoticeStore
from chalicelib.notices.templates import TEMPLATES, values_for
from chalicelib.orders.model import Order, Person

PEER = "sms"
CALL_SECONDS = 10.0


class Orders(Protocol):
    """What notices read of orders."""

    def order(self, order_no: str) -> Order: ...

    def person(self, order_no: str) -> Person: ...


class Shops(Protocol):
    """What notices read of the catalog."""

    def shop(self, code: str) -> Shop: ...


class Notices:
    """Notices by SMS. `digest` is a keyed digest of a phone number: it tells whether a number is
    the same, and not which it is.
    """

    def __init__(
        self,
        *,
        store: NoticeStore,
        transaction: Transaction,
        clock: Clock,
        orders: Orders,
        shops: Shops,
        provider: SmsProvider,
        exchanges: Exchanges,
        digest: Callable[[str], str],
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._orders = orders
        self._shops = shops
        self._provider = provider
        self._exchanges = exchanges
        self._digest = digest

    def notice(self, id_: str) -> Notice:
        """`NotFound` if there is no such notice."""
        found = self._store.notice(id_)
        if found is None:
            raise NotFound("unknown_notice", f"there is no notice {id_}", field="id")
        return found

    def of_order(self, order_no: str) -> list[Notice]:
        """An order's notices, by the time they were written."""
        return self._store.of_order(order_no)

    def switch(self, shop: str, rule: str, *, on: bool) -> None:
        """Switches a rule on or off for a shop; `NotFound` for a rule there isn't."""
        if rule not in {each.code for each in RULES}:
            raise NotFound("unknown_rule", f"there is no rule {rule}", field="rule")
        before = self._store.switches(shop)
        off = before.off - {rule} if on else before.off | {rule}
        if off == before.off:
            return
        try:
            self._transaction.commit(self._store.plan_switches(before, off))
        except ConditionFailed as failure:
            if self._store.switches(shop).off == off:
                return  # our own commit, whose answer was lost
            raise Conflict("switches_changed", "the shop's rules have just changed") from failure

    def notify(self, event: Event) -> tuple[Notice, ...]:
        """Tells the buyer what the rules say about an event; what is told already stays told.

        The event's `correlation` is the order's number.
        """
        told = []
        for rule in rules_for(event.kind):
            id_ = notice_id(rule=rule.code, order_no=event.correlation, about=event.id)
            if self._store.notice(id_) is not None or self._write(rule, event, id_):
                told.append(self.send(id_))
        return tuple(told)

    def send(self, id_: str) -> Notice:
        """Sends a pending notice; in every other state does nothing."""
        notice = self.notice(id_)
        if notice.state is not NoticeState.PENDING:
            return notice
        phone = self._orders.person(notice.order_no).mobile
        now = self._clock.now()
        claimed = moved(
            notice,
            NoticeEvent.CLAIMED,
            recipient=self._digest(phone),
            shown=mask_phone(phone),
            missing=0,
            sent_at=now,
            claimed_until=now + CLAIM,
        )
        if not self._commit(notice, claimed, Writes()):
            return self.notice(id_)  # another one claimed it
        exchanged = self._exchanges.send(
            self._provider.send_call(
                phone=phone,
                template_code=TEMPLATES[notice.template].provider_code,
                values=notice.values,
                out_id=notice.id,
            ),
            peer=PEER,
            method=self._provider.send_method,
            documents=(notice.order_no, notice.id),
            timeout_seconds=CALL_SECONDS,
            code_of=lambda answer: self._provider.read_send(answer).code,
        )
        return self._settle(claimed, self._outcome(claimed, exchanged), exchanged)

    def follow_up(self, id_: str, version: int) -> Notice:
        """What is due for a notice, on `NoticeDue`; nothing if it has moved on since `version`."""
        notice = self.notice(id_)
        if notice.version != version:
            return notice
        return self.send(id_) if notice.state is NoticeState.PENDING else self.ask(id_)

    def ask(self, id_: str) -> Notice:
        """Asks the provider what became of a notice that nobody knows about.

        `Unavailable` while someone is sending it; every other state stays as it is.
        """
        notice = self.notice(id_)
        if notice.state is NoticeState.SENDING:
            notice = self._lapsed(notice)
        if notice.state is not NoticeState.UNKNOWN:
            return notice
        phone = self._orders.person(notice.order_no).mobile
        if self._digest(phone) != notice.recipient:
            # It went to a number that is gone, so nobody can be asked: never guess.
            blind = moved(notice, None, attempts=MOST_ATTEMPTS)
            return blind if self._commit(notice, blind, Writes()) else self.notice(id_)
        return self._questioned(notice, phone)

    def renew(self, id_: str) -> Notice:
        """A person has a failed notice sent again. `IllegalTransition` unless it failed."""
        notice = self.notice(id_)
        again = moved(notice, NoticeEvent.RENEWED, attempts=0, refusal_code="")
        if not self._commit(notice, again, Writes()):
            raise Conflict("notice_changed", f"notice {id_} has just changed")
        return again

    # --- the parts

    def _write(self, rule: Rule, event: Event, id_: str) -> bool:
        """Writes the new notice; False where the shop wants none or none is possible."""
        order = self._orders.order(event.correlation)
        if rule.code in self._store.switches(order.shop).off:
            return False
        try:
            notice = self._drawn_up(rule, event, order, id_)
        except Refused as refusal:
            case = ExceptionCase(
                id=f"{ExceptionKind.NOTICE_NOT_POSSIBLE}:{id_}",
                kind=ExceptionKind.NOTICE_NOT_POSSIBLE,
                document=order.no,
                text=f"{rule.code} {event.id}: {refusal}",
                message_id=order.message.message_id,
                raised_at=self._clock.now(),
            )
            self._transaction.commit(Writes([plan_exception(case)]))
            return False
        reminders = Writes(events=due(notice, now=self._clock.now()))
        try:
            self._transaction.commit(self._store.plan_new_notice(notice) + reminders)
        except ConditionFailed:
            return self._store.notice(id_) is not None  # another delivery of the same event
        return True

    def _drawn_up(self, rule: Rule, event: Event, order: Order, id_: str) -> Notice:
        phone = self._orders.person(order.no).mobile
        if not phone:
            raise Refused("notice_no_phone", "the order has no mobile number")
        known = {
            "shop": self._shops.shop(order.shop).name,
            "order": order.channel_order_id,
            "waybill": str(event.data.get("waybill", "")),
            "text": str(event.data.get("text", "")),
        }
        return Notice(
            id=id_,
            rule=rule.code,
            template=rule.template,
            order_no=order.no,
            about=event.id,
            shop=order.shop,
            values=values_for(TEMPLATES[rule.template], known),
            recipient=self._digest(phone),
            shown=mask_phone(phone),
            created_at=self._clock.now(),
        )

    def _lapsed(self, notice: Notice) -> Notice:
        """The notice after its sender died with the claim; `Unavailable` while it may live."""
        if notice.claimed_until is not None and notice.claimed_until > self._clock.now():
            raise Unavailable(f"notice {notice.id} is being sent")
        unknown = moved(notice, NoticeEvent.NO_ANSWER)
        return unknown if self._commit(notice, unknown, Writes()) else self.notice(notice.id)

    def _questioned(self, notice: Notice, phone: str) -> Notice:
        """Asks about each day on which the latest attempt may have reached the provider."""
        assert notice.sent_at is not None  # noqa: S101 - nothing is unknown before it was sent
        days = sorted({business_date(notice.sent_at), business_date(notice.sent_at + CLAIM)})
        words: list[Word] = []
        for day in days:
            exchanged = self._exchanges.send(
                self._provider.query_call(phone=phone, day=day),
                peer=PEER,
                method=self._provider.query_method,
                documents=(notice.order_no, notice.id),
                timeout_seconds=CALL_SECONDS,
                code_of=lambda answer: self._provider.read_query(answer, notice.id).code,
            )
            if exchanged.answer is None:
                words.append(Word(meaning=Meaning.UNCLEAR))
            else:
                words.append(self._provider.read_query(exchanged.answer, notice.id))
            if words[-1].meaning is not Meaning.NOT_FOUND or day == days[-1]:
                break
            self._transaction.commit(exchanged.writes)
        return self._settle(notice, after_question(notice, words[-1]), exchanged)

    def _outcome(self, claimed: Notice, exchanged: Exchanged) -> Notice:
        if exchanged.answer is not None:
            return after_send(claimed, self._provider.read_send(exchanged.answer))
        unsent = exchanged.outcome is Outcome.NOT_SENT
        return moved(claimed, NoticeEvent.NOT_SENT if unsent else NoticeEvent.NO_ANSWER)

    def _settle(self, before: Notice, after: Notice, exchanged: Exchanged) -> Notice:
        """Commits an outcome with the message's row."""
        after = replace(after, message=Source(message_id=exchanged.message.id))
        if self._commit(before, after, exchanged.writes):
            return after
        self._transaction.commit(exchanged.writes)  # the raw message is kept all the same
        return self.notice(before.id)

    def _commit(self, before: Notice, after: Notice, more: Writes) -> bool:
        """The change with its reminder and its case; False if the notice has moved on meanwhile."""
        now = self._clock.now()
        writes = more + self._store.plan_notice_change(before, after)
        writes += Writes(events=due(after, now=now))
        case = case_of(after, now=now)
        if case is not None:
            writes += Writes([plan_exception(case)])
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            if self.notice(before.id).version == before.version:
                raise
            return False
        return True
