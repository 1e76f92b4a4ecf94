"""Who takes what warehouse systems report and ask."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.clock import Clock
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.adjustmentreports import AdjustmentReports
from chalicelib.warehouse.asked import WmsQuestions
from chalicelib.warehouse.assembling import Assembling
from chalicelib.warehouse.countreports import CountReports, Counts
from chalicelib.warehouse.createanswers import CreateAnswers
from chalicelib.warehouse.keptreports import KeptReports
from chalicelib.warehouse.movementreports import MovementReports
from chalicelib.warehouse.orderreports import OrderReports
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog, Documents
from chalicelib.warehouse.recipients import Recipients
from chalicelib.warehouse.reports import Reports
from chalicelib.warehouse.returnreports import ReturnReports
from chalicelib.warehouse.severally import Severally
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.stockchanges import Adjustments, StockChanges
from chalicelib.warehouse.store import WarehouseStore
from chalicelib.warehouse.telling_apart import TellingApart
from chalicelib.warehouse.transferreports import TransferReports


@dataclass(frozen=True, slots=True, kw_only=True)
class Takers:
    """One for each kind of message; `telling_apart` says which one it is where its name doesn't."""

    reports: Reports
    order_reports: OrderReports
    movements: MovementReports
    transfers: TransferReports
    stock_changes: StockChanges
    adjustments: AdjustmentReports
    return_reports: ReturnReports
    counts: CountReports
    created: CreateAnswers
    kept: KeptReports
    questions: WmsQuestions
    telling_apart: TellingApart


def all_takers(
    documents: Documents,
    *,
    store: WarehouseStore,
    clock: Clock,
    catalog: Catalog,
    accepting: Accepting,
    assembling: Assembling,
    statuses: StatusBook,
    recipients: Recipients,
    adjustments: Adjustments,
    counts: Counts,
) -> Takers:
    """Every taker, on the services that have the documents."""
    own = OwnDocuments(catalog=catalog, documents=documents)
    severally = Severally(accepting)
    return_reports = ReturnReports(
        clock=clock,
        catalog=catalog,
        own=own,
        orders=documents.orders,
        returns=documents.returns,
        accepting=accepting,
    )
    movements = MovementReports(
        clock=clock,
        catalog=catalog,
        own=own,
        movements=documents.movements,
        accepting=accepting,
        assembling=assembling,
    )
    return Takers(
        reports=Reports(
            clock=clock,
            catalog=catalog,
            own=own,
            orders=documents.orders,
            purchasing=documents.purchasing,
            accepting=accepting,
            assembling=assembling,
            movements=movements,
            severally=severally,
        ),
        order_reports=OrderReports(
            clock=clock,
            own=own,
            orders=documents.orders,
            purchasing=documents.purchasing,
            movements=documents.movements,
            accepting=accepting,
            statuses=statuses,
        ),
        movements=movements,
        transfers=TransferReports(
            clock=clock,
            catalog=catalog,
            own=own,
            transfers=documents.transfers,
            accepting=accepting,
            statuses=statuses,
        ),
        stock_changes=StockChanges(
            catalog=catalog,
            adjustments=adjustments,
            accepting=accepting,
            own=own,
            return_reports=return_reports,
        ),
        adjustments=AdjustmentReports(
            catalog=catalog,
            own=own,
            orders=documents.adjustments,
            adjustments=adjustments,
            accepting=accepting,
        ),
        return_reports=return_reports,
        counts=CountReports(clock=clock, catalog=catalog, counts=counts, accepting=accepting),
        created=CreateAnswers(
            store=store,
            clock=clock,
            own=own,
            orders=documents.orders,
            accepting=accepting,
            severally=severally,
        ),
        kept=KeptReports(own=own, accepting=accepting),
        questions=WmsQuestions(
            own=own, orders=documents.orders, recipients=recipients, accepting=accepting
        ),
        telling_apart=TellingApart(own=own, return_reports=return_reports),
    )
