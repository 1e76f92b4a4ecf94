"""The gate of the periods for services that are tested without a catalog."""

from __future__ import annotations

from chalicelib.kernel.clock import CHINA, Clock
from chalicelib.kernel.items import Items
from chalicelib.stock.period_gate import PeriodGate
from chalicelib.stock.period_store import PeriodStore


def gate_of(items: Items, clock: Clock) -> PeriodGate:
    """A gate over these tables; all warehouses stand in China."""
    return PeriodGate(periods=PeriodStore(items), zone=lambda warehouse: CHINA, clock=clock)
