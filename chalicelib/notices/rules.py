"""Which event tells whom what, as data. A shop can switch a rule off."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """On an event of this kind the buyer gets the template. Such an event's id is its thing's (a
    parcel, say), so that each thing is told once.
    """

    code: str
    event: str
    template: str


RULES = (
    Rule(code="shipped", event="ParcelShipped", template="shipped"),
    Rule(code="status", event="StatusReached", template="status"),
)


def rules_for(event_kind: str) -> tuple[Rule, ...]:
    """The rules an event kind sets off; none for most."""
    return tuple(rule for rule in RULES if rule.event == event_kind)
