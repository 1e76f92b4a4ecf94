"""`docs/states.md`: every state table of the code as a diagram.

A table is a module-level mapping of a slice's `states` whose keys are all the members of one enum,
or an `Axis` around such a mapping; it is found by what it is, so a new one can't be forgotten.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

CODE = Path(__file__).resolve().parent.parent.parent / "chalicelib"

_TOP = """# States and events

Made from the state tables in `chalicelib/*/states.py` by `make docs`; don't edit. An arrow is a
step that is possible; what has no arrow is refused and changes nothing. States without an arrow
out are final.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One state table."""

    slice_name: str
    name: str
    states: type[StrEnum]
    steps: Mapping[StrEnum, Mapping[str, StrEnum]]


def states_document() -> str:
    """The whole document."""
    parts = [_TOP]
    previous = ""
    for life in lives():
        if life.slice_name != previous:
            previous = life.slice_name
            parts.append(f"## {previous}\n")
        parts.append(_section(life))
    return "\n".join(parts)


def lives() -> Iterator[Life]:
    """Every state table, slice by slice, in the order of the source."""
    found = [*CODE.rglob("states.py"), *(path.parent for path in CODE.rglob("states/__init__.py"))]
    for path in sorted(found):
        place = path.parent.relative_to(CODE)
        module = importlib.import_module(".".join(("chalicelib", *place.parts, "states")))
        yield from _lives_of(module, " / ".join(place.parts))


def _lives_of(module: ModuleType, slice_name: str) -> Iterator[Life]:
    for name, value in vars(module).items():
        steps = getattr(value, "steps", value)
        if name.startswith("_") or not _is_table(steps):
            continue
        states = type(next(iter(steps)))
        axis = getattr(value, "name", states.__name__)
        yield Life(slice_name=slice_name, name=str(axis), states=states, steps=steps)


def _is_table(value: Any) -> bool:
    if not isinstance(value, Mapping) or not value:
        return False
    kinds = {type(key) for key in value}
    kind = kinds.pop()
    return (
        not kinds
        and issubclass(kind, StrEnum)
        and set(value) == set(kind)
        and all(isinstance(each, Mapping) for each in value.values())
    )


def _section(life: Life) -> str:
    # An enum without a docstring of its own would show that of its base.
    text = " ".join(inspect.cleandoc(vars(life.states).get("__doc__") or "").split())
    lines = [f"### {life.name}", "", text, "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.value}" for state in life.states]
    for state in life.states:
        events: dict[str, list[str]] = {}
        for event, after in life.steps[state].items():
            events.setdefault(after.value, []).append(str(event))
        lines += [f"    {state.value} --> {to}: {', '.join(by)}" for to, by in events.items()]
        if not events:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```", ""])
