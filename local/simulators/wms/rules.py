"""Rules of misbehaviour: what goes wrong, with which messages, how often.

A rule stands in a scenario file or is told at any time (`POST /_sim/rules`). It fits a warehouse,
a method (`*` stands for anything: `*.confirm`) and a document's code, each of them any when empty;
it strikes with a probability that the seed decides, or the next so many times. Rules and how often
they have struck are kept, so that a restart forgets nothing.

| what | with | it does |
| --- | --- | --- |
| `drop_answer` | what the OMS sends | acts on it, and closes the connection without an answer |
| `drop_request` | what the OMS sends | closes the connection without having acted |
| `fail` | what the OMS sends | answers `failure` with `code_said` and `message`, does nothing |
| `slow` | what the OMS sends | acts on it, answers after `seconds` |
| `restart` | what the OMS sends | acts on it, then is away for `seconds`: nothing answered,
nothing sent |
| `refuse_cancel` | `order.cancel` | answers that it is too late |
| `delay` | what it sends | sends it `seconds` later |
| `reorder` | what it sends | holds it back until another message has left, at most `seconds` |
| `duplicate` | what it sends | sends it once more, `seconds` later, with the same bytes |
| `lose` | what it sends | loses it on the way; an automatic warehouse sends it again |
| `ignore_answer` | what it sends | behaves as if it had not been answered |
| `split` | a document's final confirm | confirms in two parts, 1 and then 0 |
| `final_first` | a document's final confirm | likewise, and the part with 0 leaves first |
| `one_report` | a transfer | tells of leaving and arriving in one report |
| `reject` | a document | rejects it instead of accepting it |
| `short` | a delivery order | reports a shortage (itemlack.report) and stops there |
| `exception` | a delivery order | reports an exception (orderexception.report) and goes on |
| `lose_parcel` | a delivery order | reports after shipping that a parcel is lost |
| `stock_change` | a delivery order | finds a piece more or less of it after shipping |
| `count_difference` | a line of a count | finds too much or too little, up to `most` pieces |
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms.chance import Chance

INCOMING = ("drop_answer", "drop_request", "fail", "slow", "restart", "refuse_cancel")
OUTGOING = ("delay", "reorder", "duplicate", "lose", "ignore_answer")
COURSE = (
    *("split", "final_first", "one_report", "reject", "short", "exception"),
    *("lose_parcel", "stock_change", "count_difference"),
)
WHATS = (*INCOMING, *OUTGOING, *COURSE)
MOST_SECONDS = 3600.0
KIND = "rule"
BUSY = "系统繁忙, 请稍后重试"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `times` counts down to 0; None has no end."""

    name: str
    what: str
    warehouse: str = ""
    method: str = ""
    code: str = ""
    probability: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    most: int = 3
    code_said: str = "FAILED"
    message: str = BUSY

    def fits(self, what: str, warehouse: str, method: str, codes: tuple[str, ...]) -> bool:
        return (
            self.what == what
            and self.warehouse in ("", warehouse)
            and fnmatchcase(method, self.method or "*")
            and (not self.code or self.code in codes)
            and self.times != 0
        )


def rule_of(fields: Fields, name: str) -> Rule:
    """The rule that a JSON object describes; what it can't be is refused by name."""
    rule = Rule(
        name=name,
        what=fields.text("what"),
        warehouse=fields.text("warehouse", ""),
        method=fields.text("method", "").removeprefix("taobao.qimen."),
        code=fields.text("code", ""),
        probability=fields.number("probability", 1.0),
        times=fields.whole("times") if fields.has("times") else None,
        seconds=fields.number("seconds", 1.0),
        most=fields.whole("most", 3),
        code_said=fields.text("code_said", "FAILED"),
        message=fields.text("message", BUSY),
    )
    fields.only(*(set(asdict(rule)) - {"name"}))
    if rule.what not in WHATS:
        raise Refused(400, f"what: one of {', '.join(WHATS)} is wanted")
    if not 0 <= rule.probability <= 1:
        raise Refused(400, "probability: 0 to 1 is wanted")
    if not 0 <= rule.seconds <= MOST_SECONDS:
        raise Refused(400, f"seconds: 0 to {MOST_SECONDS:.0f} are wanted")
    if rule.times is not None and rule.times < 1:
        raise Refused(400, "times: at least 1 is wanted")
    if rule.most < 1:
        raise Refused(400, "most: at least 1 is wanted")
    return rule


class Rules:
    """The rules in force, and whether one strikes."""

    def __init__(self, store: Store, chance: Chance) -> None:
        self._store = store
        self.chance = chance
        self._rules = {name: Rule(**body) for name, body in store.documents(KIND, "")}

    def add(self, fields: Fields) -> Rule:
        """A rule told while it runs; it comes after those that are there."""
        with self._store.transaction():
            rule = rule_of(fields, f"told-{self._store.next_number(KIND):06d}")
            self._keep(rule)
        return rule

    def set_scenario(self, rules: list[Rule]) -> None:
        """The rules of a scenario file, in place of an earlier one's. One that is as it was keeps
        its count.
        """
        wanted = {rule.name: rule for rule in rules}
        with self._store.transaction():
            for name, body in self._store.documents(KIND, "scenario"):
                if wanted.get(name) == Rule(**body):
                    del wanted[name]
                else:
                    self._drop(name)
            for rule in wanted.values():
                self._store.put(KIND, "scenario", rule.name, asdict(rule))
                self._keep(rule)

    def clear(self) -> None:
        """Everything goes right from now on."""
        with self._store.transaction():
            for name in list(self._rules):
                self._drop(name)

    def described(self) -> list[JsonObject]:
        return [asdict(rule) for _, rule in sorted(self._rules.items())]

    def strikes(
        self, what: str, warehouse: str, method: str = "", codes: tuple[str, ...] = ()
    ) -> Rule | None:
        """The rule that strikes this message or document now; asked again, luck is drawn anew."""
        if not self._rules:
            return None
        with self._store.transaction():
            for _, rule in sorted(self._rules.items()):
                if rule.fits(what, warehouse, method, codes) and self._drawn(
                    rule, warehouse, method, codes
                ):
                    if rule.times is not None:
                        self._keep(Rule(**asdict(rule) | {"times": rule.times - 1}))
                    return rule
        return None

    def _drawn(self, rule: Rule, warehouse: str, method: str, codes: tuple[str, ...]) -> bool:
        if rule.probability >= 1:
            return True
        question = (rule.name, rule.what, warehouse, method, *codes)
        turn = self._store.next_number("drawn/" + "/".join(question))
        return self.chance.draw(*question, turn) < rule.probability

    def _keep(self, rule: Rule) -> None:
        self._rules[rule.name] = rule
        self._store.put(KIND, "", rule.name, asdict(rule))

    def _drop(self, name: str) -> None:
        self._rules.pop(name, None)
        for peer in ("", "scenario"):
            self._store.delete(KIND, peer, name)
