"""One process of a crowd that reserves stock, straight on the tables, with the app's own services.

It is imported by a fresh interpreter, without the harness of the tests.
"""

from __future__ import annotations

import os

from chalicelib.aws.settings import read_settings
from chalicelib.bootstrap import Container
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed
from chalicelib.stock.reserving import shortages


def attempts(
    environment: dict[str, str], warehouse: str, skus: list[str], *, process: int, count: int
) -> list[str]:
    """Tries to reserve one piece so many times, of each SKU in turn; what it was told it has."""
    os.environ.update(environment)
    oms = Container(read_settings(os.environ))
    names = [f"crowd-{process}-{number}-{skus[0]}" for number in range(count)]
    return [
        name
        for number, name in enumerate(names)
        if _reserved(oms, name, warehouse, skus[(process + number) % len(skus)])
    ]


def _reserved(oms: Container, name: str, warehouse: str, sku: str) -> bool:
    while True:
        plan = oms.stock.plan_reserve(
            reservation=name, warehouse=warehouse, lines={sku: 1}, at=oms.clock.now()
        )
        try:
            oms.tables.commit(plan)
        except Unavailable:
            # Nobody knows whether it went through: the same once more, under the same name.
            continue
        except ConditionFailed as failed:
            if "reserved_already" in failed.refusals:
                return True
            assert shortages(failed) == (sku,)
            return False
        return True
