"""What is made from the code is as the code is now; `make docs` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from chalicelib.bootstrap.consumers import CONSUMERS
from docs.generate.diagrams import lives
from docs.generate.documents import documents

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return documents(FOLDER)


@pytest.mark.parametrize(
    "name",
    ["openapi.json", "states.md", "api.md", "wms.md", "wms-messages.md", "operations.md"],
)
def test_a_generated_document_is_current(name: str, fresh: dict[str, str]) -> None:
    assert (FOLDER / name).read_text() == fresh[name], "run `make docs`"


def test_no_state_machine_is_left_out() -> None:
    """Every enum of a `states.py` that is called a state, or is an axis, has its diagram."""
    drawn = {life.states.__name__ for life in lives()}
    assert drawn >= {
        "AdjustmentState",
        "DispatchState",
        "FulfilmentCancel",
        "FulfilmentState",
        "InvoiceState",
        "NoticeState",
        "OpeningState",
        "OrderCancel",
        "PurchaseState",
        "ReceiptState",
        "Review",
        "ShipmentState",
        "Sourcing",
        "WebhookState",
    }


def test_every_state_and_event_is_in_the_diagrams(fresh: dict[str, str]) -> None:
    def words() -> Iterable[str]:
        for life in lives():
            for state, steps in life.steps.items():
                yield f"    {state.value}\n"
                for event, after in steps.items():
                    yield f"{state.value} --> {after.value}:"
                    yield str(event)

    assert [word for word in words() if word not in fresh["states.md"]] == []


def test_the_table_of_events_in_the_architecture_has_every_kind_and_no_other() -> None:
    rows = re.findall(
        r"^\| (`[A-Z][a-z]\w+`.*?) \|", (FOLDER / "architecture.md").read_text(), re.M
    )
    told = {kind for row in rows for kind in re.findall(r"`(\w+)`", row)}
    assert told == set(CONSUMERS)
