"""Rule sets as items: `RULES#<shop>` and `RULES#*`, each with the version it is at."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.money import Fen
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Equals,
    Key,
    Put,
    Transaction,
    Writes,
)
from chalicelib.routing.rules import EVERY_SHOP, RuleSet, check, default_rules


def rules_key(shop: str) -> Key:
    """Where a shop's rule set stands."""
    return Key("documents", f"RULES#{shop}", "HEAD")


class RuleBook:
    """The rule sets: the shop's own, else the one for every shop, else the default."""

    def __init__(self, items: Items, transaction: Transaction) -> None:
        self._items = items
        self._transaction = transaction

    def rules(self, shop: str, *, hold_above: Fen | None) -> RuleSet:
        """The set in force for a shop. `hold_above` is the shop's, for the default set."""
        own, common = rules_key(shop), rules_key(EVERY_SHOP)
        found = self._items.get_many([own, common])
        item = found.get(own) or found.get(common)
        return from_item(item, RuleSet) if item else default_rules(shop, hold_above)

    def put_rules(self, rules: RuleSet) -> RuleSet:
        """Writes the next version of a set; `rules.version` is the version it was made from (0: the
        first). Raises `Conflict` (`stale_rules`) if another was written meanwhile.
        """
        check(rules)
        following = replace(rules, version=rules.version + 1)
        condition = Equals("version", rules.version) if rules.version else Absent()
        write = Put(
            key=rules_key(rules.shop),
            item=to_item(following),
            condition=condition,
            refusal="stale_rules",
        )
        try:
            self._transaction.commit(Writes([write]))
        except ConditionFailed:
            raise Conflict(
                "stale_rules", "the rules were changed meanwhile", field="version"
            ) from None
        return following
