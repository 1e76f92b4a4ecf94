"""Review rules as data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.catalog.cache import TimedCache
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.writes import Writes
from chalicelib.routing.rules import Rule, RuleSet, Subject, check, default_rules, review
from chalicelib.routing.store import RuleBook
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock

ORDER = Subject(
    payable=100_000, quantity=12, line_count=2, province="浙江省", has_buyer_remark=True
)
AMOUNT = Rule(code="big", predicate="amount_above", hold_type="AMOUNT", parameters={"fen": 100_000})
PIECES = Rule(
    code="many", predicate="quantity_above", hold_type="QUANTITY", parameters={"pieces": 10}
)
PROVINCE = Rule(
    code="far", predicate="province_is", hold_type="REGION", parameters={"province": "浙江省"}
)
REMARK = Rule(code="remark", predicate="buyer_remarked", hold_type="REMARK")


def _set(*rules: Rule) -> RuleSet:
    return RuleSet(shop="S1", version=0, rules=rules)


class Forgetful(MemoryTables):
    """Commits, and loses the answer: what is sent again finds its own doing."""

    def commit(self, writes: Writes) -> None:
        super().commit(writes)
        super().commit(writes)


def test_rules_whose_answer_was_lost_are_written_all_the_same() -> None:
    tables = Forgetful()
    assert RuleBook(tables, tables).put_rules(_set(AMOUNT)).version == 1


def test_every_rule_that_matches_says_so_in_the_sets_order() -> None:
    found = review(ORDER, _set(REMARK, AMOUNT, PIECES, PROVINCE))
    assert [(each.rule.hold_type, each.reason) for each in found] == [
        ("REMARK", "the buyer left a remark"),
        ("QUANTITY", "the order's 12 pieces are above 10"),
        ("REGION", "it goes to 浙江省"),
    ]


@pytest.mark.parametrize(("payable", "held"), [(100_000, False), (100_001, True)])
def test_an_amount_has_to_be_above_the_limit(payable: int, held: bool) -> None:
    assert bool(review(replace(ORDER, payable=payable), _set(AMOUNT))) is held


def test_without_a_set_the_shops_own_limit_holds() -> None:
    assert review(ORDER, default_rules("S1", 99_999))[0].rule.code == "amount_above"
    assert review(ORDER, default_rules("S1", None)) == ()


@pytest.mark.parametrize(
    ("rules", "code", "field"),
    [
        (_set(replace(AMOUNT, predicate="moon_phase")), "unknown_predicate", "rules[0].predicate"),
        (_set(AMOUNT, replace(PIECES, code="big")), "duplicate_rule", "rules[1].code"),
        (_set(replace(AMOUNT, parameters={"fen": "1"})), "malformed_rule", "fen"),
        (_set(replace(AMOUNT, parameters={})), "malformed_rule", "fen"),
        (replace(_set(), most_warehouses=5), "malformed_rule", "most_warehouses"),
    ],
)
def test_a_set_that_could_not_be_run_is_refused(rules: RuleSet, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check(rules)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_shops_set_comes_before_the_common_one() -> None:
    tables = MemoryTables()
    book = RuleBook(tables, tables)
    common = book.put_rules(RuleSet(shop="*", version=0, rules=(PIECES,)))
    assert book.rules("S1", hold_above=1) == common
    own = book.put_rules(_set(AMOUNT, REMARK))
    assert book.rules("S1", hold_above=1) == own
    assert book.rules("S2", hold_above=1) == common
    assert own.version == 1


def test_a_set_made_from_an_old_version_is_a_conflict() -> None:
    tables = MemoryTables()
    book = RuleBook(tables, tables)
    first = book.put_rules(_set(AMOUNT))
    assert book.put_rules(replace(first, rules=())).version == 2
    with pytest.raises(Conflict) as refused:
        book.put_rules(first)
    assert refused.value.code == "stale_rules"


def test_rules_that_are_kept_are_followed_until_their_time_is_up() -> None:
    tables, clock = MemoryTables(), SettableClock()
    book = RuleBook(tables, tables, kept=TimedCache(clock, seconds=30))
    elsewhere = RuleBook(tables, tables)
    assert book.rules("S1", hold_above=1) == default_rules("S1", 1)
    own = elsewhere.put_rules(_set(AMOUNT))
    assert book.rules("S1", hold_above=2) == default_rules("S1", 2)
    clock.forward(seconds=30)
    assert book.rules("S1", hold_above=1) == own
    changed = book.put_rules(replace(own, rules=()))
    assert book.rules("S1", hold_above=1) == changed
