"""Numbers: unique, reversible, gene-stable, checked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.writes import Key
from chalicelib.numbering.model import (
    GENES,
    SEQUENCE_SIZE,
    OrderNumber,
    check_digit,
    format_document,
    format_order,
    gene,
    parse_document,
    parse_order,
    permute,
)
from chalicelib.numbering.service import Numbers
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock

KEY = b"a key for tests"
DAYS = st.dates(date(2020, 1, 1), date(2091, 12, 31))
SEQUENCES = st.integers(0, SEQUENCE_SIZE - 1)


def numbers(tables: MemoryTables, clock: SettableClock, block: int = 10) -> Numbers:
    return Numbers(items=tables, transaction=tables, clock=clock, key=lambda: KEY, block=block)


@given(DAYS, SEQUENCES, st.integers(0, GENES - 1))
def test_an_order_number_has_19_digits_and_reads_back(day: date, sequence: int, part: int) -> None:
    parts = OrderNumber(day=day, sequence=sequence, gene=part)
    text = format_order(parts)
    assert len(text) == 19
    assert int(text) < 2**63
    assert parse_order(text) == parts


@given(DAYS, SEQUENCES, st.sampled_from(["RK", "PO", "TH"]))
def test_a_document_number_reads_back(day: date, sequence: int, prefix: str) -> None:
    assert parse_document(format_document(prefix, day, sequence)) == (prefix, day, sequence)


@given(SEQUENCES)
def test_a_thousand_sequences_in_a_row_stay_different_and_in_range(first: int) -> None:
    sequences = {(first + step) % SEQUENCE_SIZE for step in range(1000)}
    mixed = {permute(sequence, key=KEY) for sequence in sequences}
    assert len(mixed) == 1000
    assert all(0 <= each < SEQUENCE_SIZE for each in mixed)


def test_neighbours_in_the_sequence_are_far_apart() -> None:
    mixed = [permute(sequence, key=KEY) for sequence in range(1000)]
    assert len(set(mixed)) == 1000
    steps = [abs(one - other) for one, other in zip(mixed, mixed[1:], strict=False)]
    assert sum(step < 1000 for step in steps) < 20


@given(st.text("0123456789", min_size=5, max_size=18), st.data())
def test_the_check_digit_catches_a_wrong_digit_and_swapped_neighbours(
    digits: str, data: st.DataObject
) -> None:
    whole = digits + str(check_digit(digits))
    place = data.draw(st.integers(0, len(whole) - 2))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))
    assert check_digit(whole) == 0
    assert check_digit(whole[:place] + other + whole[place + 1 :]) != 0
    if whole[place] != whole[place + 1]:
        swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
        assert check_digit(swapped) != 0


@pytest.mark.parametrize("text", ["", "123", "2611220012345678901x", "2613320012345678900"])
def test_what_is_no_order_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_order(text)


def test_containers_share_the_sequence_without_repeats_and_a_dead_one_leaves_a_gap() -> None:
    tables, clock = MemoryTables(), SettableClock()
    containers = [numbers(tables, clock) for _ in range(4)]
    made = [container.order_number("buyer") for _ in range(25) for container in containers]
    survivor = numbers(tables, clock)
    made += [survivor.order_number("buyer") for _ in range(10)]
    assert len(set(made)) == 110
    found = tables.get(Key("documents", "NUMBERS#ORDER", "2026-11-22"))
    assert found is not None and found["next"] == 130


def test_a_buyer_keeps_the_gene_and_genes_spread_evenly() -> None:
    tables, clock = MemoryTables(), SettableClock()
    service = numbers(tables, clock, block=1000)
    genes = {parse_order(service.order_number("shop1:张三")).gene for _ in range(20)}
    assert genes == {gene("shop1:张三")}
    shards = [0] * 16
    for number in range(16_000):
        shards[gene(f"buyer-{number}") % 16] += 1
    # Chi-square with 15 degrees of freedom: 37.7 is the 0.1 % bound.
    assert sum((count - 1000) ** 2 / 1000 for count in shards) < 37.7


def test_a_new_day_leases_a_new_block() -> None:
    tables = MemoryTables()
    clock = SettableClock(datetime(2026, 11, 22, 15, 59, tzinfo=UTC))
    service = numbers(tables, clock)
    first = service.order_number("b")
    clock.forward(minutes=2)
    second = service.order_number("b")
    assert (first[:6], second[:6]) == ("261122", "261123")


def test_a_count_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="1 to 1000") as refusal:
        numbers(MemoryTables(), SettableClock()).order_numbers("b", 0)
    assert (refusal.value.code, refusal.value.field) == ("bad_count", "count")
