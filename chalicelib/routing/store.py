"""Rule sets as items: `RULES#<shop>` and `RULES#*`, each with the version it is at."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.catalog.cache import TimedCache
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
    """The rule sets: the shop's own, else the one for every shop, else the default.

    With `kept`, what was found for a shop (also that nothing was) holds for the cache's seconds in
    this execution environment: rules changed elsewhere are followed that much later.
    """

    def __init__(
        self,
        items: Items,
        transaction: Transaction,
        *,
        kept: TimedCache[tuple[RuleSet | None]] | None = None,
    ) -> None:
        self._items = items
        self._transaction = transaction
        self._kept = kept

    def rules(self, shop: str, *, hold_above: Fen | None) -> RuleSet:
        """The set in force for a shop. `hold_above` is the shop's, for the default set."""
        kept = self._kept.get(shop) if self._kept is not None else None
        if kept is None:
            kept = (self._read(shop),)
            if self._kept is not None:
                self._kept.put(shop, kept)
        return kept[0] or default_rules(shop, hold_above)

    def _read(self, shop: str) -> RuleSet | None:
        own, common = rules_key(shop), rules_key(EVERY_SHOP)
        found = self._items.get_many([own, common])
        item = found.get(own) or found.get(common)
        return from_item(item, RuleSet) if item else None

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
            item = self._items.get(rules_key(rules.shop))
            if item is not None and from_item(item, RuleSet) == following:
                return following  # our own commit, whose answer was lost
            raise Conflict(
                "stale_rules", "the rules were changed meanwhile", field="version"
            ) from None
        if self._kept is not None:
            self._kept.drop(rules.shop)
        return following
