"""Tryton's side, run by the Python that has Tryton: MOVES.csv SKUS PAST-DAY -> one JSON line."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from trytond.pool import Pool
from trytond.tests.test_tryton import USER, activate_module, with_transaction
from trytond.transaction import Transaction

TIMES = 3


def main(file: str, skus: int, past: str) -> None:
    """Loads and measures, in one transaction as Tryton's own tests do."""
    activate_module("stock")

    @with_transaction()
    def measured() -> None:
        context = _company()
        with Transaction().set_context(context):
            company, day = context["company"], date.fromisoformat(past)
            products, storage = _loaded(file, skus, company)
            print(json.dumps(_measured(products, storage, day, company)))

    measured()


def _company() -> dict[str, Any]:
    pool = Pool()
    currency = pool.get("currency.currency")(name="Yuan", symbol="¥", code="CNY")
    currency.save()
    party = pool.get("party.party")(name="Company")
    party.save()
    company = pool.get("company.company")(party=party, currency=currency)
    company.save()
    users = pool.get("res.user")
    user = users(USER)
    user.companies, user.company = [company], company
    user.save()
    return dict(users.get_preferences(context_only=True)) | {"company": company.id}


def _loaded(file: str, skus: int, company: int) -> tuple[list[int], int]:
    """Products and moves, the latter past Tryton's own intake; the products and the storage."""
    pool = Pool()
    (unit,) = pool.get("product.uom").search([("name", "=", "Unit")])
    template = {"type": "goods", "default_uom": unit.id, "cost_price_method": "average"}
    made = pool.get("product.template").create(
        [
            {**template, "name": f"S{at:05d}", "list_price": 0, "products": [("create", [{}])]}
            for at in range(skus)
        ]
    )
    products = {each.name: each.products[0].id for each in made}
    location = pool.get("stock.location")
    (supplier,) = location.search([("type", "=", "supplier")])
    (customer,) = location.search([("type", "=", "customer")])
    (storage,) = location.search([("code", "=", "STO")])
    currency = pool.get("company.company")(company).currency.id
    places = {True: (supplier.id, storage.id), False: (storage.id, customer.id)}
    with Path(file).open(newline="") as text:
        rows = [
            (*places[int(pieces) > 0], products[sku], abs(int(pieces)), abs(int(pieces)), unit.id)
            + ("done", day, day, company, currency, price)
            for day, sku, pieces, price in csv.reader(text)
        ]
    Transaction().connection.cursor().executemany(
        "INSERT INTO stock_move (from_location, to_location, product, quantity, internal_quantity,"
        " unit, state, effective_date, planned_date, company, currency, unit_price)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return list(products.values()), storage.id


def _measured(products: list[int], storage: int, past: date, company: int) -> dict[str, Any]:
    product = Pool().get("product.product")

    def closing() -> Any:
        with Transaction().set_context(stock_date_end=past, forecast=False):
            return product.products_by_location([storage], grouping=("product",))

    def recomputed() -> Any:
        product.recompute_cost_price([product(products[0])])
        return product(products[0]).cost_price

    def closed_period() -> Any:
        period = Pool().get("stock.period")(date=past, company=company)
        period.save()
        period.close([period])

    stock, closing_seconds = _timed(closing)
    cost, cost_seconds = _timed(recomputed)
    _, period_seconds = _timed(closed_period, times=1)
    again, closed_seconds = _timed(closing)
    if again != stock:
        raise ValueError("a closed period changes what there was")
    return {
        "skus": len(stock),
        "pieces": int(sum(stock.values())),
        "unit_cost": str(cost),
        "closing_seconds": closing_seconds,
        "cost_seconds": cost_seconds,
        "period_seconds": period_seconds,
        "closing_after_period_seconds": closed_seconds,
    }


def _timed(what: Callable[[], Any], *, times: int = TIMES) -> tuple[Any, float]:
    """The result, and the best of some times."""
    best, result = float("inf"), None
    for _ in range(times):
        began = time.perf_counter()
        result = what()
        best = min(best, time.perf_counter() - began)
    return result, best


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
