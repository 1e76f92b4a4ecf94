"""What a reported movement was."""

from __future__ import annotations

import pytest

from chalicelib.stock.classification import IN, OUT, Classified, MovementHints, classify
from chalicelib.stock.model import Kind


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (
            MovementHints(order_type="JYCK"),
            Classified(kind=Kind.SHIPMENT, rule="order_type", direction=OUT),
        ),
        (
            MovementHints(order_type="CGRK"),
            Classified(kind=Kind.RECEIPT, rule="order_type", direction=IN),
        ),
        (
            MovementHints(order_type="QTCK", sub_order_type="领用"),
            Classified(kind=Kind.OTHER_OUT, rule="order_type", direction=OUT, subject="领用"),
        ),
        (
            MovementHints(order_type="CNJG", quantities={"ZP": -2}),
            Classified(kind=Kind.PROCESSING, rule="order_type"),
        ),
        (
            MovementHints(order_type="QTRK", own_document=Kind.RETURN),
            Classified(kind=Kind.RETURN, rule="own_document", contradicts=Kind.OTHER_IN),
        ),
        (
            MovementHints(order_type="JYCK", own_document=Kind.SHIPMENT),
            Classified(kind=Kind.SHIPMENT, rule="own_document", direction=OUT),
        ),
        (
            MovementHints(adjust_type="CHECK", quantities={"ZP": 2}),
            Classified(kind=Kind.SURPLUS, rule="stock_count"),
        ),
        (
            MovementHints(adjust_type="CHECK", quantities={"ZP": -2}),
            Classified(kind=Kind.LOSS, rule="stock_count"),
        ),
        (
            MovementHints(adjust_type="ADJUST", quantities={"ZP": -2}),
            Classified(kind=Kind.ADJUSTMENT, rule="adjust_type"),
        ),
        (
            MovementHints(quantities={"ZP": -2, "CC": 2}),
            Classified(kind=Kind.QUALITY_MOVE, rule="quality_pair"),
        ),
        (
            MovementHints(quantities={"ZP": -2}, department="样品间"),
            Classified(kind=Kind.OTHER_OUT, rule="department", subject="样品间"),
        ),
        (
            MovementHints(quantities={"ZP": -2}, order_type="XYZ"),
            Classified(kind=Kind.SUSPENSE, rule="nothing_fits"),
        ),
    ],
)
def test_the_first_rule_that_applies_says_what_it_was(
    hints: MovementHints, expected: Classified
) -> None:
    assert classify(hints) == expected
