"""Goods sold ahead and packed before the balance is paid (预售预包)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class PresalesConsign:
    """The balance is paid: the parcel may leave (presalespackage.consign)."""

    order_code: str
    owner_code: str
    total_amount: Fen
    paid_at: datetime
