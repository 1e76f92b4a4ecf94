"""Every state and event of every axis, and the header."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.orders.axis import Axis
from chalicelib.orders.header import Header, header
from chalicelib.orders.states import (
    AXES,
    AfterSale,
    FulfilmentState,
    OrderCancel,
    Payment,
    Review,
    Sourcing,
)

PAIRS = [
    pytest.param(axis, state, event, id=f"{axis.name}-{state}-{event}")
    for axis in AXES
    for state, event in product(
        axis.steps, sorted({event for steps in axis.steps.values() for event in steps})
    )
]

F = FulfilmentState


def test_each_axis_has_a_row_for_each_of_its_states() -> None:
    for axis in AXES:
        states: Any = next(iter(axis.steps)).__class__
        assert set(axis.steps) == set(states), axis.name


@pytest.mark.parametrize(("axis", "state", "event"), PAIRS)
def test_a_pair_leads_to_a_state_of_the_axis_or_is_refused_by_name(
    axis: Axis[Any], state: StrEnum, event: str
) -> None:
    if axis.can(state, event):
        assert axis.advance(state, event) in axis.steps
        return
    with pytest.raises(IllegalTransition) as refused:
        axis.advance(state, event)
    assert (refused.value.axis, refused.value.state, refused.value.event) == (
        axis.name,
        state,
        event,
    )


@pytest.mark.parametrize("state", [each for each in F if each is not F.RESERVING])
def test_goods_that_left_can_be_booked_from_every_state(state: FulfilmentState) -> None:
    axis = next(axis for axis in AXES if axis.name == "fulfilment")
    assert all(axis.can(state, event) for event in ("ship_part", "ship_all", "ship_short"))


def _header(**axes: Any) -> Header:
    usual: dict[str, Any] = {
        "payment": Payment.PAID,
        "review": Review.APPROVED,
        "sourcing": Sourcing.ROUTED,
        "cancel": OrderCancel.NONE,
        "after_sale": AfterSale.NONE,
        "fulfilments": [F.RESERVED],
    }
    return header(**usual | axes)


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        (
            {"payment": Payment.UNPAID, "sourcing": Sourcing.TO_SOURCE, "fulfilments": []},
            "WAIT_PAY",
        ),
        ({"review": Review.WAIT_REVIEW, "fulfilments": []}, "WAIT_REVIEW"),
        ({"review": Review.HELD, "fulfilments": []}, "HELD"),
        ({"sourcing": Sourcing.TO_SOURCE, "fulfilments": []}, "APPROVED"),
        ({"sourcing": Sourcing.ROUTING, "fulfilments": [F.RESERVING]}, "APPROVED"),
        ({"sourcing": Sourcing.WAIT_STOCK, "fulfilments": []}, "WAIT_STOCK"),
        ({}, "ROUTED"),
        ({"fulfilments": [F.ACCEPTED, F.DISPATCHING]}, "DISPATCHING"),
        ({"fulfilments": [F.ACCEPTED, F.PICKING]}, "ACCEPTED"),
        ({"fulfilments": [F.READY, F.PACKED]}, "PICKING"),
        ({"fulfilments": [F.REJECTED, F.PICKING]}, "EXCEPTION"),
        ({"fulfilments": [F.CANCELLED]}, "EXCEPTION"),
        ({"fulfilments": [F.SHIPPED, F.ACCEPTED]}, "PART_SHIPPED"),
        ({"fulfilments": [F.PART_SHIPPED]}, "PART_SHIPPED"),
        ({"fulfilments": [F.SHIPPED, F.SIGNED]}, "SHIPPED"),
        ({"fulfilments": [F.SIGNED, F.SIGNED]}, "SIGNED"),
        ({"fulfilments": [F.SHIPPED], "after_sale": AfterSale.OPEN}, "AFTER_SALE"),
        ({"fulfilments": [F.SHIPPED, F.CANCELLED], "cancel": OrderCancel.PARTLY}, "SHIPPED"),
        ({"cancel": OrderCancel.PENDING, "fulfilments": [F.PICKING]}, "CANCEL_PENDING"),
        ({"cancel": OrderCancel.CANCELLED, "fulfilments": [F.CANCELLED]}, "CANCELLED"),
        ({"cancel": OrderCancel.CANCELLED, "fulfilments": [F.SHIPPED]}, "SHIPPED"),
        ({"cancel": OrderCancel.PENDING, "fulfilments": [F.SHIPPED]}, "SHIPPED"),
        ({"cancel": OrderCancel.REFUSED, "fulfilments": [F.PICKING]}, "PICKING"),
    ],
)
def test_the_header_says_in_one_word_where_the_order_stands(
    axes: dict[str, Any], expected: str
) -> None:
    assert _header(**axes) == expected


def test_every_combination_of_axes_has_a_header() -> None:
    for payment, review, sourcing, cancel, after_sale, first, second in product(
        Payment, Review, Sourcing, OrderCancel, AfterSale, F, F
    ):
        word = header(
            payment=payment,
            review=review,
            sourcing=sourcing,
            cancel=cancel,
            after_sale=after_sale,
            fulfilments=[first, second],
        )
        assert word in Header
