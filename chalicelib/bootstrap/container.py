"""Wires services to their stores and gateways.

Everything is made when first asked for and kept for the life of the container, and every slice is
imported when first needed, so that a function pays only for what it uses.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.gateway import Gateway

if TYPE_CHECKING:
    from chalicelib.invoicing.service import Invoicing
    from chalicelib.notices.service import Notices
    from chalicelib.notices.webhooks import StockMessages
    from chalicelib.stock.period_service import PeriodService


class Container(Gateway):
    """The services of one process: the cloud's parts, the core, and what stands on both."""

    @cached_property
    def invoicing(self) -> Invoicing:
        from chalicelib.invoicing.platforms.nuonuo import Nuonuo, NuonuoAccount
        from chalicelib.invoicing.service import Invoicing
        from chalicelib.invoicing.store import InvoiceStore

        settings = self.settings
        account = NuonuoAccount(
            url=settings.tax_url,
            app_key=settings.tax_app_key,
            clerk=settings.tax_clerk,
            telephone=settings.tax_telephone,
            address=settings.tax_address,
            secret="providers/tax",  # noqa: S106 - the name of a secret
            token="providers/tax-token",  # noqa: S106 - as above
        )
        return Invoicing(
            store=InvoiceStore(self.tables, self.sealer),
            transaction=self.tables,
            clock=self.clock,
            orders=self.orders,
            shops=self.catalog,
            platform=Nuonuo(account, secrets=self.secrets, clock=self.clock, ids=self.ids),
            exchanges=self.exchanges,
        )

    @cached_property
    def notices(self) -> Notices:
        from chalicelib.notices.providers.aliyun_sms import AliyunAccount, AliyunSms
        from chalicelib.notices.recipients import RecipientDigest
        from chalicelib.notices.service import Notices
        from chalicelib.notices.store import NoticeStore

        account = AliyunAccount(
            url=self.settings.sms_url,
            key_id=self.settings.sms_key_id,
            sign_name=self.settings.sms_sign_name,
            secret="providers/sms",  # noqa: S106 - the name of a secret
        )
        return Notices(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            orders=self.orders,
            shops=self.catalog,
            provider=AliyunSms(account, secrets=self.secrets, clock=self.clock, ids=self.ids),
            exchanges=self.exchanges,
            digest=RecipientDigest(self.secrets),
        )

    @cached_property
    def periods(self) -> PeriodService:
        from chalicelib.bootstrap.blockers import MessageBlockers, PartBlockers
        from chalicelib.movements.counts.store import CountStore
        from chalicelib.stock.comparison_store import ComparisonStore
        from chalicelib.stock.cost_store import ValueStore
        from chalicelib.stock.period_checks import PeriodChecks
        from chalicelib.stock.period_service import PeriodService
        from chalicelib.stock.period_store import PeriodStore
        from chalicelib.stock.periods import Point
        from chalicelib.stock.snapshot_store import SnapshotStore
        from chalicelib.stock.store import StockStore
        from chalicelib.warehouse.assemblies import AssemblyStore

        messages = MessageBlockers(self.messages)
        parts = PartBlockers(
            assemblies=AssemblyStore(self.tables),
            counts=CountStore(self.tables),
            hours=self.settings.period_parts_hours,
            clock=self.clock,
        )
        periods = PeriodStore(self.tables)
        checks = PeriodChecks(
            store=StockStore(self.tables),
            values=ValueStore(self.tables),
            snapshots=SnapshotStore(self.tables),
            files=self.files,
            comparisons=ComparisonStore(self.tables),
            periods=periods,
            blockers={
                Point.MESSAGES: messages.undecided,
                Point.REFUSED_MESSAGES: messages.refused,
                Point.PARTS: parts.incomplete,
            },
            clock=self.clock,
        )
        return PeriodService(
            periods=periods, checks=checks, transaction=self.tables, clock=self.clock
        )

    @cached_property
    def stock_messages(self) -> StockMessages:
        from chalicelib.notices.store import NoticeStore
        from chalicelib.notices.webhooks import StockMessages

        return StockMessages(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            stock=self.stock,
            exchanges=self.exchanges,
            secrets=self.secrets,
            url=self.settings.upstream_url,
            secret="providers/upstream",  # noqa: S106 - the name of a secret
        )
