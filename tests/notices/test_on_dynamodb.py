"""The stores of invoicing and notices, on the tables in memory and on DynamoDB as moto plays it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.aws.dynamodb import DynamoTables
from chalicelib.invoicing.model import Buyer
from chalicelib.invoicing.states import InvoiceState
from chalicelib.invoicing.store import InvoiceStore
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed
from chalicelib.notices.model import Notice
from chalicelib.notices.states import NoticeState
from chalicelib.notices.store import NoticeStore
from chalicelib.notices.webhook_model import WebhookMessage
from tests.fakes.cloud import moto_cloud
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import PlainSealer
from tests.invoicing.test_nuonuo import CONTENT, INVOICE

AT = datetime(2026, 11, 22, 1, 30, 0, 123456, tzinfo=UTC)
Tables = MemoryTables | DynamoTables


@pytest.fixture(params=["memory", "moto"])
def tables(request: pytest.FixtureRequest) -> Iterator[Tables]:
    if request.param == "memory":
        yield MemoryTables()
    else:
        with moto_cloud() as cloud:
            yield cloud.tables


def test_an_invoice_comes_back_as_it_was_written(tables: Tables) -> None:
    store = InvoiceStore(tables, PlainSealer())
    buyer = Buyer(title="某公司", tax_no="91330100MA27X00000")
    tables.commit(store.plan_new(INVOICE, CONTENT, buyer))
    assert store.find(INVOICE.no) == INVOICE
    assert store.content(INVOICE.no) == CONTENT
    assert store.buyer(INVOICE.no) == buyer
    assert store.of_order(INVOICE.order_no) == [INVOICE]
    with pytest.raises(ConditionFailed) as refused:
        tables.commit(store.plan_new(INVOICE, CONTENT, buyer))
    assert set(refused.value.refusals) == {"invoice_exists"}


def test_an_invoice_changes_by_version(tables: Tables) -> None:
    store = InvoiceStore(tables, PlainSealer())
    tables.commit(store.plan_new(INVOICE, CONTENT, Buyer(title="个人", tax_no="")))
    after = replace(
        INVOICE,
        version=2,
        state=InvoiceState.ISSUED,
        number="2" * 20,
        issued_at=AT,
        claimed_until=AT,
        message=Source(message_id="m1"),
    )
    tables.commit(store.plan_change(INVOICE, after))
    assert store.find(INVOICE.no) == after
    with pytest.raises(ConditionFailed) as refused:
        tables.commit(store.plan_change(INVOICE, after))
    assert refused.value.refusals == ("invoice_changed",)


def test_a_notice_comes_back_as_it_was_written_and_changes_by_version(tables: Tables) -> None:
    store = NoticeStore(tables)
    notice = Notice(
        id="n1",
        rule="shipped",
        template="shipped",
        order_no="N",
        about="P1",
        shop="S1",
        values={"waybill": "SF1"},
        recipient="d",
        shown="138******78",
        created_at=AT,
    )
    tables.commit(store.plan_new_notice(notice))
    assert store.notice("n1") == notice
    assert store.of_order("N") == [notice]
    after = replace(notice, version=2, state=NoticeState.SENT, sent_at=AT)
    tables.commit(store.plan_notice_change(notice, after))
    assert store.notice("n1") == after
    for stale in (store.plan_new_notice(notice), store.plan_notice_change(notice, after)):
        with pytest.raises(ConditionFailed):
            tables.commit(stale)


def test_a_shops_switches_change_by_version(tables: Tables) -> None:
    store = NoticeStore(tables)
    none = store.switches("S1")
    assert none.off == frozenset()
    tables.commit(store.plan_switches(none, frozenset({"shipped"})))
    one = store.switches("S1")
    assert (one.off, one.version) == (frozenset({"shipped"}), 1)
    tables.commit(store.plan_switches(one, frozenset()))
    assert store.switches("S1").off == frozenset()
    for stale in (none, one):
        with pytest.raises(ConditionFailed):
            tables.commit(store.plan_switches(stale, frozenset()))


def test_a_webhook_message_keeps_its_bytes(tables: Tables) -> None:
    store = NoticeStore(tables)
    message = WebhookMessage(
        id="msg_1",
        event_id="E",
        document="R1",
        correlation="PO1",
        body='{"货":"\\u2028"}',
        created_at=AT,
    )
    tables.commit(store.plan_new_webhook(message))
    assert store.webhook("msg_1") == message
    after = replace(message, version=2, attempts=1)
    tables.commit(store.plan_webhook_change(message, after))
    assert store.webhook("msg_1") == after
    with pytest.raises(ConditionFailed):
        tables.commit(store.plan_webhook_change(message, after))
