"""Bearer tokens: what is kept of them, and who is let in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.aws.tokens import Tokens, token_digest
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.writes import Key
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock


class Bench:
    def __init__(self) -> None:
        self.tables, self.clock = MemoryTables(), SettableClock()
        self.peppers = ["pepper"]
        self.tokens = Tokens(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            peppers=lambda: tuple(self.peppers),
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_token_is_found_with_what_it_may_see(bench: Bench) -> None:
    issued = bench.tokens.issue(
        "li.na", ["operator", "operator"], days=1, shops=["S1"], warehouses=["W1"]
    )
    found = bench.tokens.find(issued.text)
    assert found == issued.token
    assert found is not None
    assert (found.roles, found.shops, found.warehouses) == (("operator",), ("S1",), ("W1",))
    assert found.expires == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def test_only_the_digest_is_kept_and_nothing_prints_the_text(bench: Bench) -> None:
    issued = bench.tokens.issue("li.na", ["operator"], days=1)
    digest = token_digest(issued.text, "pepper")
    assert list(bench.tables.tables) == [Key("documents", f"TOKEN#{digest}", "HEAD")]
    assert issued.text not in repr(bench.tables.tables)
    assert issued.text not in repr(issued)
    assert issued.text.startswith("oms_")
    assert len(issued.text) == 47


def test_no_two_tokens_are_alike(bench: Bench) -> None:
    assert len({bench.tokens.issue("x", ["operator"], days=1).text for _ in range(50)}) == 50


def test_a_token_that_has_expired_is_unknown_from_that_second_on(bench: Bench) -> None:
    issued = bench.tokens.issue("li.na", ["operator"], days=1)
    bench.clock.forward(days=1, seconds=-1)
    assert bench.tokens.find(issued.text) is not None
    bench.clock.forward(seconds=1)
    assert bench.tokens.find(issued.text) is None


@pytest.mark.parametrize("text", ["", "short", "x" * 201, "oms_" + "0" * 43])
def test_what_is_no_token_of_ours_is_unknown(bench: Bench, text: str) -> None:
    bench.tokens.issue("li.na", ["operator"], days=1)
    assert bench.tokens.find(text) is None


def test_tokens_of_the_previous_pepper_are_known_until_it_is_gone(bench: Bench) -> None:
    old = bench.tokens.issue("li.na", ["operator"], days=1)
    bench.peppers.insert(0, "newer")
    new = bench.tokens.issue("li.na", ["operator"], days=1)
    assert bench.tokens.find(old.text) == old.token
    bench.peppers.pop()
    assert bench.tokens.find(old.text) is None
    assert bench.tokens.find(new.text) == new.token


def test_without_a_pepper_nobody_is_let_in(bench: Bench) -> None:
    issued = bench.tokens.issue("li.na", ["operator"], days=1)
    bench.peppers.clear()
    with pytest.raises(Unavailable):
        bench.tokens.find(issued.text)


def test_a_revoked_token_is_unknown_and_cannot_be_revoked_again(bench: Bench) -> None:
    by_text = bench.tokens.issue("a", ["operator"], days=1)
    by_id = bench.tokens.issue("b", ["operator"], days=1)
    assert bench.tokens.revoke(by_text.text) == by_text.token
    assert bench.tokens.revoke(by_id.token.id) == by_id.token
    assert bench.tokens.find(by_text.text) is None
    assert bench.tokens.find(by_id.text) is None
    with pytest.raises(NotFound):
        bench.tokens.revoke(by_id.token.id)


def test_a_subject_that_begins_like_another_is_listed_alone(bench: Bench) -> None:
    li = bench.tokens.issue("li", ["operator"], days=1).token
    bench.tokens.issue("li.na", ["operator"], days=1)
    assert bench.tokens.listed("li") == [li]
    assert len(bench.tokens.listed()) == 2


@pytest.mark.parametrize(
    ("subject", "roles", "days", "field"),
    [
        ("", ["operator"], 1, "subject"),
        ("x" * 101, ["operator"], 1, "subject"),
        ("x", [], 1, "roles"),
        ("x", ["operator"], 0, "days"),
        ("x", ["operator"], 367, "days"),
    ],
)
def test_what_cannot_be_issued_is_refused_with_its_field(
    bench: Bench, *, subject: str, roles: list[str], days: int, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        bench.tokens.issue(subject, roles, days=days)
    assert refused.value.field == field
    assert bench.tables.tables == {}
