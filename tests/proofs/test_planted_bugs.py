"""The proofs find what is planted: bugs in real use cases that the ordinary tests wouldn't see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import pytest

from chalicelib.aws.outbox import Outbox
from chalicelib.bootstrap import Container
from chalicelib.bootstrap.consumers import SUBSCRIPTIONS
from chalicelib.kernel.events import Event
from chalicelib.notices.model import Notice, notice_id
from chalicelib.notices.rules import rules_for
from chalicelib.notices.service import PEER, Notices
from chalicelib.notices.states import NoticeState
from chalicelib.notices.templates import TEMPLATES
from tests.harness.crash_points import Mode, Report, enumerate_crashes
from tests.proofs.recording import Recorded, record
from tests.proofs.scenarios import fullest, scenario_of
from tests.proofs.world import World

pytestmark = pytest.mark.xdist_group("planted-bugs")


class HastyNotices(Notices):
    """Sends before it writes down that it does."""

    def notify(self, event: Event) -> tuple[Notice, ...]:
        (rule,) = rules_for(event.kind)
        id_ = notice_id(rule=rule.code, order_no=event.correlation, about=event.id)
        if self._store.notice(id_) is not None:
            return ()
        notice = self._drawn_up(rule, event, self._orders.order(event.correlation), id_)
        exchanged = self._exchanges.send(
            self._provider.send_call(
                phone=self._orders.person(notice.order_no).mobile,
                template_code=TEMPLATES[notice.template].provider_code,
                values=notice.values,
                out_id=notice.id,
            ),
            peer=PEER,
            method=self._provider.send_method,
            documents=(notice.order_no, notice.id),
            timeout_seconds=1,
            code_of=lambda answer: "",
        )
        sent = replace(notice, state=NoticeState.SENT)
        self._transaction.commit(exchanged.writes + self._store.plan_new_notice(sent))
        return (sent,)


class HastyOutbox(Outbox):
    """Deletes what it is about to send."""

    def relay(self, events: Iterable[Event]) -> list[str]:
        events = list(events)
        for event in events:
            self._delete(event)
        return super().relay(events)


class HastyContainer(Container):
    @cached_property
    def notices(self) -> Notices:
        real = super().notices
        real.__class__ = HastyNotices
        return real

    @cached_property
    def outbox(self) -> Outbox:
        return HastyOutbox(
            self.clients,
            self.settings.queue_urls,
            SUBSCRIPTIONS,
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
        )


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    return fullest(record(world))


@pytest.fixture
def hasty(world: World) -> Iterator[World]:
    world.container = HastyContainer
    yield world
    world.container = Container


def crashed(world: World, recorded: Recorded) -> Report:
    return enumerate_crashes(scenario_of(world, recorded), modes=(Mode.KILL_AFTER,))


def test_a_notice_that_is_sent_before_it_is_written_is_found_by_its_second_sms(
    hasty: World, recorded: Mapping[str, Recorded]
) -> None:
    found = crashed(hasty, recorded["notices: ParcelShipped"]).divergences
    assert any("POST /" in each.calls and "/peers/sms" in each.what for each in found)


def test_an_outbox_that_deletes_before_it_sends_is_found_by_the_lost_event(
    hasty: World, recorded: Mapping[str, Recorded]
) -> None:
    found = crashed(hasty, recorded["schedule outbox_sweeper"]).divergences
    assert any("/queued" in each.what for each in found)
