"""What a life cycle is: a table, and nothing that isn't in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from chalicelib.kernel.errors import IllegalTransition

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Axis(Generic[State]):
    """One axis: its name, and for each of its states what each event makes of it."""

    name: str
    steps: Mapping[State, Mapping[str, State]]

    def advance(self, state: State, event: str) -> State:
        """The state after the event; raises `IllegalTransition` where the table has no step."""
        following = self.steps[state].get(event)
        if following is None:
            raise IllegalTransition(self.name, state, event)
        return following

    def can(self, state: State, event: str) -> bool:
        """Whether the table has a step for the event."""
        return event in self.steps[state]
