"""Outgoing webhooks: what the ledger booked, told to the upstream (ERP) as signed stock messages.

Standard Webhooks: the id is the event's, so the receiver recognises a repetition; the bytes are
made once and kept, so a repetition is one. 2xx is delivered. Everything else is sent again with
back-off for two days, then a person is called; 410 (the receiver wants none) at once.

A message lists the entries of one posting with their sequence per (warehouse, SKU), which are dense
and so prove to the receiver that it missed none, the changes summed up, and the balances as they
were when the message was made, each with the sequence it stands at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.reminders import reminder, wait_seconds
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.exchange import Call, Exchanges
from chalicelib.notices.states import WebhookEvent, WebhookState, next_webhook_state
from chalicelib.notices.store import NoticeStore
from chalicelib.notices.webhook_model import WebhookMessage, webhook_id
from chalicelib.stock.model import Balance, Entry, pool_id

PEER = "upstream"
STOCK_CHANGED = "stock.changed"
CALL_SECONDS = 15.0
FIRST_REMINDER_SECONDS = 65
MOST_ATTEMPTS = 200
_GONE = 410


class Stock(Protocol):
    """What stock messages read of the ledger."""

    def entries_of(self, document: str) -> Sequence[Entry]: ...

    def balances(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Balance]: ...


class Secrets(Protocol):
    """Secrets by name, the current one first; during a rotation the previous one too."""

    def current(self, name: str) -> tuple[str, ...]: ...


class StockMessages:
    """Stock messages to the upstream at `url`, signed with the secrets under `secret`."""

    def __init__(
        self,
        *,
        store: NoticeStore,
        transaction: Transaction,
        clock: Clock,
        stock: Stock,
        exchanges: Exchanges,
        secrets: Secrets,
        url: str,
        secret: str,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._stock = stock
        self._exchanges = exchanges
        self._secrets = secrets
        self._url = url
        self._secret = secret

    def message(self, id_: str) -> WebhookMessage:
        """`NotFound` if there is no such message."""
        found = self._store.webhook(id_)
        if found is None:
            raise NotFound("unknown_webhook", f"there is no webhook message {id_}", field="id")
        return found

    def send_stock(self, event: Event) -> WebhookMessage:
        """Tells the upstream what an `EntriesPosted` booked; nothing if it knows already."""
        id_ = webhook_id(event.id)
        found = self._store.webhook(id_) or self._written(event, id_)
        return self._sent(found) if found.state is WebhookState.PENDING else found

    def follow_up(self, id_: str, version: int) -> WebhookMessage:
        """Sends a message again, on `WebhookDue`; nothing if it has moved on since `version`."""
        found = self.message(id_)
        if found.version != version or found.state is not WebhookState.PENDING:
            return found
        return self._sent(found)

    def renew(self, id_: str) -> WebhookMessage:
        """A person has a failed message sent again. `IllegalTransition` unless it failed."""
        found = self.message(id_)
        state = next_webhook_state(found.state, WebhookEvent.RENEWED)
        again = replace(found, state=state, version=found.version + 1, attempts=0)
        if not self._commit(found, again, Writes(), wait=0):
            raise Conflict("webhook_changed", f"webhook message {id_} has just changed")
        return again

    # --- the parts

    def _written(self, event: Event, id_: str) -> WebhookMessage:
        message = WebhookMessage(
            id=id_,
            event_id=event.id,
            document=event.subject,
            correlation=event.correlation,
            body=json.dumps(self._content(event), ensure_ascii=False, separators=(",", ":")),
            created_at=self._clock.now(),
        )
        due = self._reminder(message, wait=FIRST_REMINDER_SECONDS)
        try:
            self._transaction.commit(self._store.plan_new_webhook(message) + due)
        except ConditionFailed:
            return self.message(id_)  # another delivery of the same event: its bytes count
        return message

    def _content(self, event: Event) -> dict[str, object]:
        pools = event.data.get("pools")
        named = set(pools) if isinstance(pools, list) else set()
        entries = [
            entry
            for entry in self._stock.entries_of(event.subject)
            if entry.posted_at == event.occurred_at and pool_id(entry.warehouse, entry.sku) in named
        ]
        if not entries:
            raise LookupError(f"{event.id} names no entry of the ledger")
        pairs = sorted({(entry.warehouse, entry.sku) for entry in entries})
        balances = self._stock.balances(pairs)
        return {
            "type": STOCK_CHANGED,
            "timestamp": to_text(event.occurred_at),
            "data": {
                "document": event.subject,
                "correlation": event.correlation,
                "entries": [_entry(entry) for entry in entries],
                "changes": _changes(entries),
                "balances": [_balance(balances[pair]) for pair in pairs],
            },
        }

    def _sent(self, message: WebhookMessage) -> WebhookMessage:
        exchanged = self._exchanges.send(
            self._call(message),
            peer=PEER,
            method=STOCK_CHANGED,
            documents=(message.document, message.id),
            timeout_seconds=CALL_SECONDS,
            code_of=lambda answer: f"HTTP {answer.status}",
        )
        event = _event(exchanged.answer, message.attempts + 1)
        taken = event is WebhookEvent.TAKEN
        after = replace(
            message,
            state=next_webhook_state(message.state, event),
            version=message.version + 1,
            attempts=message.attempts + 1,
            delivered_at=self._clock.now() if taken else None,
            message=Source(message_id=exchanged.message.id),
        )
        wait = wait_seconds(after.attempts)
        if self._commit(message, after, exchanged.writes, wait=wait):
            return after
        self._transaction.commit(exchanged.writes)  # the raw message is kept all the same
        return self.message(message.id)

    def _call(self, message: WebhookMessage) -> Call:
        secrets = self._secrets.current(self._secret)
        if not secrets:
            raise Unavailable(f"the secret {self._secret} isn't there")
        timestamp = int(self._clock.now().timestamp())
        body = message.body.encode()
        signatures = [sign(each, message.id, timestamp, body) for each in secrets]
        headers = {
            "Content-Type": "application/json",
            ID_HEADER: message.id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: " ".join(signatures),
        }
        return Call(verb="POST", url=self._url, headers=headers, body=body)

    def _commit(
        self, before: WebhookMessage, after: WebhookMessage, more: Writes, *, wait: int
    ) -> bool:
        """The change with its reminder and its case; False if it has moved on meanwhile."""
        writes = more + self._store.plan_webhook_change(before, after)
        if after.state is WebhookState.PENDING:
            writes += self._reminder(after, wait=wait)
        if after.state is WebhookState.FAILED:
            writes += Writes([plan_exception(self._case(after))])
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            if self.message(before.id).version == before.version:
                raise
            return False
        return True

    def _reminder(self, message: WebhookMessage, *, wait: int) -> Writes:
        due = reminder(
            "WebhookDue",
            message.id,
            message.version,
            correlation=message.correlation,
            wait=wait,
            now=self._clock.now(),
        )
        return Writes(events=[due])

    def _case(self, message: WebhookMessage) -> ExceptionCase:
        return ExceptionCase(
            id=f"{ExceptionKind.WEBHOOK_FAILED}:{message.id}",
            kind=ExceptionKind.WEBHOOK_FAILED,
            document=message.document,
            text=f"the upstream didn't take stock message {message.id}",
            message_id=message.message.message_id if message.message else "",
            raised_at=self._clock.now(),
        )


def _event(answer: HttpAnswer | None, attempts: int) -> WebhookEvent:
    if answer is not None and 200 <= answer.status < 300:
        return WebhookEvent.TAKEN
    gone = answer is not None and answer.status == _GONE
    return WebhookEvent.GIVEN_UP if gone or attempts >= MOST_ATTEMPTS else WebhookEvent.NOT_TAKEN


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "entry": entry.entry,
        "kind": entry.kind.value,
        "warehouse": entry.warehouse,
        "sku": entry.sku,
        "sequence": entry.sequence,
        "batch": entry.batch,
        "posting_date": entry.posting_date.isoformat(),
        "occurred_at": to_text(entry.occurred_at),
        "deltas": entry.deltas(),
    }


def _changes(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Pieces by warehouse, SKU and inventory type, summed over the entries; zeros left out."""
    sums: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        for inventory_type, delta in entry.deltas().items():
            key = (entry.warehouse, entry.sku, inventory_type)
            sums[key] = sums.get(key, 0) + delta
    return [
        {"warehouse": warehouse, "sku": sku, "inventory_type": inventory_type, "delta": delta}
        for (warehouse, sku, inventory_type), delta in sorted(sums.items())
        if delta
    ]


def _balance(balance: Balance) -> dict[str, object]:
    return {
        "warehouse": balance.warehouse,
        "sku": balance.sku,
        "sequence": balance.version,
        "quantities": dict(balance.quantities),
        "available": balance.available,
        "reserved": balance.reserved,
    }
