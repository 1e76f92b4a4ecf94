"""How a peer spells what we mean: its names of elements, its codes, its times. Pure data.

The codecs know Qimen's words only. A document is read into them and written out of them here, by
one table a peer, so that no codec asks which peer it is talking to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from chalicelib.warehouse.texts import CHINA_TIME


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spelling:
    """`elements`: our name, or `parent/our name` for that place only (the parent as they spell
    it), to theirs. `codes`: by the element's name in our words, their code to ours. `reduced`:
    likewise, our code to theirs where theirs stands for several of ours, so that it is only
    written: what is read of theirs is what `codes` say, else it stays.

    A peer that uses a word of ours is understood, so no word of theirs may be a renamed one of
    ours: it would have two meanings (`ValueError`).
    """

    elements: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reduced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zone: tzinfo = CHINA_TIME
    declaration: bool = True
    _ours: Mapping[str, str] = field(init=False, repr=False)
    _codes_out: Mapping[str, Mapping[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ours: dict[str, str] = {}
        for place, theirs in self.elements.items():
            parent, slash, name = place.rpartition("/")
            if theirs in self.elements or ours.setdefault(parent + slash + theirs, name) != name:
                raise ValueError(f"<{theirs}> would have two meanings")
        object.__setattr__(self, "_ours", ours)
        # Where two codes of theirs are one of ours, the first one is what they are sent.
        out = {
            name: {
                **{
                    ours: theirs
                    for theirs, ours in reversed(list(self.codes.get(name, {}).items()))
                },
                **self.reduced.get(name, {}),
            }
            for name in {**self.codes, **self.reduced}
        }
        object.__setattr__(self, "_codes_out", out)

    @property
    def is_plain(self) -> bool:
        """Whether a document reads as Qimen's own, times included."""
        return not self.elements and not self.codes and self.zone == CHINA_TIME

    def theirs(self, parent: str, name: str) -> str:
        """Their name of an element of ours; `parent` is spelled as they do."""
        return self.elements.get(f"{parent}/{name}") or self.elements.get(name, name)

    def ours(self, parent: str, name: str) -> str:
        """Our name of an element of theirs."""
        return self._ours.get(f"{parent}/{name}") or self._ours.get(name, name)

    def read_code(self, name: str, text: str) -> str:
        """Our code for theirs in an element of that name of ours; what isn't listed stays."""
        table = self.codes.get(name)
        return table.get(text, text) if table else text

    def write_code(self, name: str, text: str) -> str:
        """The inverse."""
        table = self._codes_out.get(name)
        return table.get(text, text) if table else text

    def place(self, path: str) -> str:
        """A path to an element, its steps in our words or theirs, as they spell it."""
        steps: list[str] = []
        for step in path.split("/"):
            name, bracket, number = step.partition("[")
            parent = steps[-1].partition("[")[0] if steps else ""
            steps.append(self.theirs(parent, name) + bracket + number)
        return "/".join(steps)


PLAIN = Spelling()
"""Qimen's own."""
