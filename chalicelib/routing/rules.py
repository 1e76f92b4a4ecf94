"""Review rules (审单规则) as data: ordered predicates with a code, parameters and an action.

A rule set belongs to a shop, or to all (`*`). Rules are tried in order and every one that matches
says so; the only action so far is `hold`. A predicate is a small pure function registered under its
name, so a new kind of rule is one function, and a new rule is data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen, format_fen
from chalicelib.kernel.strict_json import check_code, read_json

EVERY_SHOP = "*"
"""The rule set for shops that have none of their own."""

Parameter = int | str


class Action(StrEnum):
    """What a matching rule does."""

    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: if `predicate` with `parameters` is true of an order, `action` with `hold_type`."""

    code: str
    predicate: str
    hold_type: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    action: Action = Action.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of a shop, in their order, and the most warehouses one order may be split over."""

    shop: str
    version: int
    rules: tuple[Rule, ...]
    most_warehouses: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What rules may look at of an order. Amounts in fen; no personal data."""

    payable: Fen
    quantity: int
    line_count: int
    province: str
    has_buyer_remark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that matched, and why, in a sentence a person reads."""

    rule: Rule
    reason: str


Predicate = Callable[[Subject, Mapping[str, Parameter]], str | None]
"""Gives the reason if it is true of the order, else None."""


def _amount_above(subject: Subject, parameters: Mapping[str, Parameter]) -> str | None:
    limit = _number(parameters, "fen")
    if subject.payable <= limit:
        return None
    return f"the order's {format_fen(subject.payable)} are above {format_fen(limit)}"


def _quantity_above(subject: Subject, parameters: Mapping[str, Parameter]) -> str | None:
    limit = _number(parameters, "pieces")
    if subject.quantity <= limit:
        return None
    return f"the order's {subject.quantity} pieces are above {limit}"


def _province_is(subject: Subject, parameters: Mapping[str, Parameter]) -> str | None:
    province = parameters.get("province")
    return f"it goes to {province}" if subject.province == province else None


def _buyer_remarked(subject: Subject, _: Mapping[str, Parameter]) -> str | None:
    return "the buyer left a remark" if subject.has_buyer_remark else None


PREDICATES: Mapping[str, Predicate] = MappingProxyType(
    {
        "amount_above": _amount_above,
        "quantity_above": _quantity_above,
        "province_is": _province_is,
        "buyer_remarked": _buyer_remarked,
    }
)
"""Every kind of rule by its name."""


def _number(parameters: Mapping[str, Parameter], name: str) -> int:
    value = parameters.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused("malformed_rule", f"the rule needs a whole number `{name}`", field=name)
    return value


def default_rules(shop: str, hold_above: Fen | None) -> RuleSet:
    """The set in force where nobody has written one: hold above the shop's amount, if it has one.
    Its version is 0.
    """
    rules: tuple[Rule, ...] = ()
    if hold_above is not None:
        rules = (
            Rule(
                code="amount_above",
                predicate="amount_above",
                hold_type="AMOUNT",
                parameters={"fen": hold_above},
            ),
        )
    return RuleSet(shop=shop, version=0, rules=rules)


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    predicate: str
    hold_type: str
    parameters: dict[str, Parameter] = {}
    action: Action = Action.HOLD


class _RuleSet(msgspec.Struct, forbid_unknown_fields=True):
    rules: tuple[_Rule, ...]
    version: int = 0
    most_warehouses: int = 4


def parse_rules(body: bytes, *, shop: str) -> RuleSet:
    """The rule set in a JSON body: {"version", "rules": [{"code", "predicate", "hold_type",
    "parameters"}], "most_warehouses"}; not yet checked by `check`.
    """
    given = read_json(body, _RuleSet)
    for at, rule in enumerate(given.rules):
        check_code(rule.code, field=f"rules[{at}].code")
        check_code(rule.hold_type, field=f"rules[{at}].hold_type")
    return RuleSet(
        shop=shop,
        version=given.version,
        rules=tuple(
            Rule(
                code=rule.code,
                predicate=rule.predicate,
                hold_type=rule.hold_type,
                parameters=rule.parameters,
                action=rule.action,
            )
            for rule in given.rules
        ),
        most_warehouses=given.most_warehouses,
    )


def check(rules: RuleSet) -> None:
    """Refuses a set that couldn't be run: an unknown predicate, a missing parameter, a code used
    twice, a limit of warehouses that isn't 1 … 4.
    """
    probe = Subject(payable=0, quantity=0, line_count=0, province="", has_buyer_remark=False)
    codes: set[str] = set()
    for position, rule in enumerate(rules.rules):
        where = f"rules[{position}]"
        predicate = PREDICATES.get(rule.predicate)
        if predicate is None:
            raise Refused("unknown_predicate", "no such kind of rule", field=f"{where}.predicate")
        if rule.code in codes:
            raise Refused("duplicate_rule", "two rules of one code", field=f"{where}.code")
        codes.add(rule.code)
        predicate(probe, rule.parameters)
    if not 1 <= rules.most_warehouses <= 4:
        raise Refused("malformed_rule", "1 to 4 warehouses", field="most_warehouses")


def review(subject: Subject, rules: RuleSet) -> tuple[Finding, ...]:
    """Every rule that is true of the order, in the set's order."""
    findings = []
    for rule in rules.rules:
        reason = PREDICATES[rule.predicate](subject, rule.parameters)
        if reason is not None:
            findings.append(Finding(rule=rule, reason=reason))
    return tuple(findings)
