"""From a placed order to its fulfilments: review by rules, split and source, reserve.

`route` may be called at any time and any number of times: it reads where the order stands and does
what is next. An order that is held or cancelled is left alone; one without enough stock waits.
Units that came back from a warehouse are sourced like a whole order, but without the warehouses
that had them (`resourcing.py` says which units together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.catalog.model import Shop
from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, ConditionFailed, Put, Transaction, Writes
from chalicelib.orders.events import sourcing_wanted
from chalicelib.orders.model import (
    Fulfilment,
    Hold,
    Order,
    OrderHead,
    came_back,
    fulfilment_lines,
    fulfilment_no,
)
from chalicelib.orders.ports import Catalog
from chalicelib.orders.reserving import Reserving
from chalicelib.orders.resourcing import (
    Group,
    demands_of,
    eligible,
    is_due,
    not_sourced_again,
    wanted_units,
)
from chalicelib.orders.rows import STALE_ORDER, change_head, order_key
from chalicelib.orders.states import REVIEW, SOURCING, Review, Sourcing
from chalicelib.orders.store import OrderStore, Together
from chalicelib.routing.model import Decision, Node, distance
from chalicelib.routing.rules import RuleSet, Subject, review
from chalicelib.routing.sourcing import source
from chalicelib.routing.store import RuleBook
from chalicelib.stock.reserving import shortages
from chalicelib.stock.service import StockService

TRIES = 6
"""How often an order is sourced anew in one call when others take the stock it was to get."""


class Routing:
    """`route`, one order at a time."""

    def __init__(
        self,
        *,
        store: OrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        stock: StockService,
        rules: RuleBook,
        reserving: Reserving,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._rules = rules
        self._reserving = reserving

    def route(self, order_no: str) -> OrderHead:
        """Brings the order as far as it can go now and returns its head.

        Raises `Unavailable` if others changed the order each time it was tried.
        """
        short = False
        for _ in range(TRIES):
            read = self._store.together(order_no)
            if not is_due(read.head):
                return read.head
            try:
                after = self._step(read)
            except ConditionFailed as failed:
                # Stock taken by others, or the order changed by others: read and decide again.
                short = bool(shortages(failed))
                if not short and STALE_ORDER not in failed.refusals:
                    raise
            else:
                if after is not None:
                    return after
        if short:
            return self._wait_for_stock(self._store.together(order_no))
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def source_again(self, order_no: str) -> OrderHead:
        """A person's word: units that came back may be tried at every warehouse again, also where
        they were. Said again, or where there are none, it changes nothing; the event
        `SourcingWanted` does the rest.
        """
        for _ in range(TRIES):
            head = self._store.head(order_no)
            if not any(row.tried for row in head.unsourced):
                return head
            anew = replace(
                head,
                unsourced=came_back([row.units for row in head.unsourced], (), tried=()),
                sourcing=SOURCING.advance(head.sourcing, "again"),
            )
            wanted = sourcing_wanted(head, self._clock.now())
            try:
                self._transaction.commit(Writes([change_head(anew)], [wanted]))
            except ConditionFailed as failed:
                if STALE_ORDER not in failed.refusals:
                    raise
            else:
                return self._store.head(order_no)
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _wait_for_stock(self, read: Together) -> OrderHead:
        """What it was to get was taken each time: it waits rather than be tried for ever."""
        if read.head.sourcing is not Sourcing.TO_SOURCE or not is_due(read.head):
            return read.head
        return self._commit_head(
            replace(
                read.head,
                review=Review.APPROVED,
                sourcing=SOURCING.advance(read.head.sourcing, "short"),
            )
        )

    def _step(self, read: Together) -> OrderHead | None:
        """One commit, or the chunks of a big order; the head then, None if there is more to do."""
        if read.head.sourcing in (Sourcing.ROUTING, Sourcing.UNDOING):
            self._reserving.resume(read)
            routed = read.head.sourcing is Sourcing.ROUTING
            return self._store.head(read.head.no) if routed else None
        shop = self._catalog.shop(read.order.shop)
        rules = self._rules.rules(shop.code, hold_above=shop.hold_above)
        head = self._reviewed(read.head, read.order, rules)
        if head.review is Review.HELD:
            return self._commit_head(head)
        wanted = wanted_units(read)
        decided = [(group, self._decide(read.order, shop, rules, group)) for group in wanted]
        for group, decision in decided:
            if decision.parts:
                after = self._reserving.commit(
                    head,
                    self._fulfilments(head, read.order, decision, group),
                    self._record(head, read.order, decision, rules, group=group),
                )
                return None if len(wanted) > 1 else after
        return self._record_wait(head, read, decided, rules)

    def _reviewed(self, head: OrderHead, order: Order, rules: RuleSet) -> OrderHead:
        """Held by every rule that is true of the order and hasn't been released, else approved."""
        if head.review is Review.APPROVED:
            return head
        now = self._clock.now()
        settled = {hold.rule for hold in head.holds}
        holds = [
            Hold(
                type=finding.rule.hold_type,
                reason=finding.reason,
                rule=finding.rule.code,
                opened_at=now,
                opened_by=f"rule:{finding.rule.code}",
            )
            for finding in review(_subject(order), rules)
            if finding.rule.code not in settled
        ]
        event = "hold" if holds else "approve"
        return replace(
            head,
            review=REVIEW.advance(head.review, event),
            reviewed_at=now,
            holds=(*head.holds, *holds),
        )

    def _decide(self, order: Order, shop: Shop, rules: RuleSet, group: Group) -> Decision:
        demands = demands_of(order, group)
        may_ship, excluded = eligible(self._catalog.warehouses(), shop, tried=group.tried)
        skus = sorted({each.sku for each in demands})
        available = self._stock.available([(each.code, sku) for each in may_ship for sku in skus])
        destination = (order.region.province, order.region.city)
        return source(
            demands,
            [
                Node(
                    code=each.code,
                    priority=each.priority,
                    distance=distance((each.province, each.city), destination),
                )
                for each in may_ship
            ],
            {each.code: {sku: available[each.code, sku] for sku in skus} for each in may_ship},
            may_divide=shop.may_split_lines,
            most_nodes=rules.most_warehouses,
            excluded=excluded,
        )

    def _fulfilments(
        self, head: OrderHead, order: Order, decision: Decision, group: Group
    ) -> tuple[Fulfilment, ...]:
        return tuple(
            Fulfilment(
                no=fulfilment_no(order.no, head.numbered + position),
                order_no=order.no,
                shop=order.shop,
                owner=order.owner,
                warehouse=part.node,
                lines=fulfilment_lines(order.lines, group.assignments(part)),
                created_at=self._clock.now(),
                tried=group.tried,
            )
            for position, part in enumerate(decision.parts, start=1)
        )

    def _record_wait(
        self,
        head: OrderHead,
        read: Together,
        decided: Sequence[tuple[Group, Decision]],
        rules: RuleSet,
    ) -> OrderHead:
        """Waits for stock; tried again in vain, nothing is written. Units that came back wait too
        while a warehouse is left that hasn't been tried, else for a person; a person is told in
        any case, since the buyer was promised them.
        """
        hopeless = all(group.tried and not decision.stock for group, decision in decided)
        event = "exhaust" if hopeless else "short"
        before = head.sourcing
        if head == read.head and before is Sourcing.WAIT_STOCK and not hopeless:
            return head
        waiting = replace(
            head, sourcing=SOURCING.advance(before, event), decision=head.decision + 1
        )
        group, decision = decided[0]
        record = self._record(head, read.order, decision, rules, group=group)
        writes = Writes([change_head(waiting), record])
        if head.unsourced:
            writes += Writes([not_sourced_again(head, read.order, hopeless, self._clock.now())])
        self._transaction.commit(writes)
        return replace(waiting, version=waiting.version + 1)

    def _record(
        self, head: OrderHead, order: Order, decision: Decision, rules: RuleSet, *, group: Group
    ) -> Put:
        """The decision as it was made, for whoever asks why. Of units that came back, its lines are
        the runs in `units`: order line, first unit, pieces.
        """
        item = to_item(decision) | {
            "at": to_text(self._clock.now()),
            "rules": f"{rules.shop}:{rules.version}",
            "digest": order.content_digest,
        }
        if group.tried:
            item["units"] = [
                [run.order_line_no, run.first_unit, run.quantity] for run in group.runs
            ]
        return Put(
            key=order_key(order.no, f"DECISION#{head.decision + 1:04d}"),
            item=item,
            condition=Absent(),
            refusal=STALE_ORDER,
        )

    def _commit_head(self, head: OrderHead) -> OrderHead:
        self._transaction.commit(Writes([change_head(head)]))
        return replace(head, version=head.version + 1)


def _subject(order: Order) -> Subject:
    return Subject(
        payable=order.payable,
        quantity=sum(line.quantity for line in order.lines),
        line_count=len(order.lines),
        province=order.region.province,
        has_buyer_remark=order.buyer_remarked,
    )
