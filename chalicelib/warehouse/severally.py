"""A message that holds several documents: each is taken for itself, and then the message's row is
written, once.

What one of them is refused for undoes none of the others: those are done, each by a commit of its
own, and recognised when the message comes again. So a process may die at any document. The protocol
has no place for "all but these", so a message of which something was refused is answered `failure`
with a text that names what: the WMS says it again, and only what was refused has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.errors import Refused, TooLarge
from chalicelib.messages.model import Message, Outcome
from chalicelib.warehouse.accepting import Accepting

MOST_PIECES = 100
"""Each is a commit, and the WMS waits for the answer."""

_FIRST = (Outcome.HELD, Outcome.REFUSED, Outcome.ACCEPTED, Outcome.DUPLICATE)
"""What a message of several is listed as: what a person can decide before what its sender can."""


class PartlyRefused(Refused):
    """Some of a message's documents were refused, and named in the text; `logged` is its row."""

    def __init__(self, message: str, *, logged: Message) -> None:
        super().__init__("partly_refused", message)
        self.logged = logged


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A document of a message, by its number. `take` gives the message as it would be were it all
    there is, without writing its row; `Refused` changes nothing.
    """

    code: str
    take: Callable[[], Message]


class Severally:
    """Takes the documents of a message one after the other."""

    def __init__(self, accepting: Accepting) -> None:
        self._accepting = accepting

    def take(self, message: Message, pieces: Sequence[Piece]) -> Message:
        """The message as the log has it now. Raises `PartlyRefused` after everything else is done,
        `Refused` where there is only one and it is refused; `TooLarge` before the first.
        """
        if len(pieces) > MOST_PIECES:
            text = f"one message has at most {MOST_PIECES} orders; send it in parts"
            raise TooLarge("too_many_orders", text)
        taken: list[Message] = []
        refused: list[tuple[str, Refused]] = []
        for piece in pieces:
            try:
                taken.append(piece.take())
            except Refused as why:
                if len(pieces) == 1:
                    raise
                refused.append((piece.code, why))
        done = _whole(message, taken, refused)
        self._accepting.close(done)
        if refused:
            raise PartlyRefused(_named(refused, len(pieces)), logged=done)
        return done


def _whole(
    message: Message, taken: Sequence[Message], refused: Sequence[tuple[str, Refused]]
) -> Message:
    """The row: about every document, as what needs a look first."""
    codes = {each.outcome: each.code for each in reversed(taken)}
    if refused:
        codes[Outcome.REFUSED] = refused[0][1].code
    outcome = next(each for each in _FIRST if each in codes)
    documents = dict.fromkeys(document for each in taken for document in each.documents)
    return replace(message, outcome=outcome, code=codes[outcome], documents=tuple(documents))


def _named(refused: Sequence[tuple[str, Refused]], total: int) -> str:
    """Which were refused and why. An answer has 100 characters, so a reason stands once."""
    reasons: dict[str, list[str]] = {}
    for code, why in refused:
        reasons.setdefault(why.code, []).append(code)
    text = "; ".join(f"{reason} {' '.join(codes)}" for reason, codes in reasons.items())
    return f"{len(refused)}/{total}: {text}"
