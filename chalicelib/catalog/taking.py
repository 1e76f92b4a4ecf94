"""Taking SKUs and suppliers from their source systems in batches.

Each document of a batch is decided for itself, with the same result as if it had come alone, after
those before it. Several go into one transaction to save requests; when a transaction fails because
somebody else wrote meanwhile, its documents are decided again one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib.catalog.model import Outcome, Sku, Supplier, Taken
from chalicelib.catalog.store import CatalogStore, Known, change_master, create_master
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event, Json
from chalicelib.kernel.writes import MOST_WRITES, ConditionFailed, Transaction, Writes

Master = TypeVar("Master", Sku, Supplier)

ITEMS_EACH = 3
"""A new document takes itself, its identity and its event."""

TOGETHER = MOST_WRITES // ITEMS_EACH

TRIES = 4
"""How often one document is decided again when others keep changing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[Master]):
    """What is to become of one document; `document` is set if it is to be written."""

    taken: Taken
    document: Master | None = None


def decide(offered: Master, known: Known[Master], *, replayed: bool = False) -> Decision[Master]:
    """Creates, changes or leaves alone, by the identity; refuses to give a code or an identity to
    another. The bucket and the version go on from what is there. `replayed`: from a message that
    is taken once more; it doesn't undo what a later one said.
    """
    held, code = known.by_code, known.code_of_identity
    if code is not None and code != offered.code:
        return _refused(offered, "code_fixed", "this id already has another code, for good")
    if held is None:
        return _decided(offered, Outcome.CREATED, write=True)
    if (held.source, held.source_id) != (offered.source, offered.source_id):
        return _refused(offered, "code_taken", "this code belongs to another id")
    # The ids of messages begin with the moment they came; a person's word has none, and stays.
    overtaken = replayed and held.message.message_id > offered.message.message_id
    if overtaken or _with_history_of(held, offered) == held:
        return _decided(held, Outcome.UNCHANGED, write=False)
    changed = replace(_with_history_of(held, offered), version=held.version + 1)
    return _decided(replace(changed, message=offered.message), Outcome.UPDATED, write=True)


def _with_history_of(held: Master, offered: Master) -> Master:
    same = replace(offered, version=held.version, message=held.message)
    if isinstance(same, Sku) and isinstance(held, Sku):
        return replace(same, bucket=held.bucket)
    return same


def _decided(document: Master, outcome: Outcome, *, write: bool) -> Decision[Master]:
    taken = Taken(
        id=document.source_id, code=document.code, outcome=outcome, version=document.version
    )
    return Decision(taken=taken, document=document if write else None)


def _refused(offered: Master, error: str, message: str) -> Decision[Master]:
    taken = Taken(
        id=offered.source_id,
        code=offered.code,
        outcome=Outcome.REFUSED,
        error=error,
        message=message,
        field="code",
    )
    return Decision(taken=taken)


class Taking:
    """Decides and writes batches."""

    def __init__(self, *, store: CatalogStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def take(self, offered: Sequence[Master], *, replayed: bool = False) -> tuple[Taken, ...]:
        """One answer per document, in order. `Unavailable` if others keep changing one of them;
        what was taken before stays taken. `replayed`: see `decide`.
        """
        answers: list[Taken] = []
        for chunk in _independent(offered):
            answers.extend(self._take_together(chunk, replayed))
        return tuple(answers)

    def _take_together(self, chunk: Sequence[Master], replayed: bool) -> list[Taken]:
        try:
            return self._attempt(chunk, replayed)
        except ConditionFailed:
            return [self._take_alone(document, replayed) for document in chunk]

    def _take_alone(self, document: Master, replayed: bool) -> Taken:
        for _ in range(TRIES):
            try:
                return self._attempt([document], replayed)[0]
            except ConditionFailed:
                continue
        raise Unavailable("others keep changing a document of this batch")

    def _attempt(self, chunk: Sequence[Master], replayed: bool) -> list[Taken]:
        known = self._store.known(chunk)
        decisions = [
            decide(each, there, replayed=replayed) for each, there in zip(chunk, known, strict=True)
        ]
        writes = Writes()
        now = self._clock.now()
        for decision in decisions:
            writes += _plan(decision, now)
        self._transaction.commit(writes)
        return [decision.taken for decision in decisions]


def _independent(offered: Sequence[Master]) -> Iterator[list[Master]]:
    """Chunks in which no code and no identity stands twice, so that each sees those before it."""
    chunk: list[Master] = []
    names: set[tuple[str, str]] = set()
    for document in offered:
        mine = {("code", document.code), ("id", document.source_id)}
        if len(chunk) == TOGETHER or names & mine:
            yield chunk
            chunk, names = [], set()
        chunk.append(document)
        names |= mine
    if chunk:
        yield chunk


def _plan(decision: Decision[Master], now: datetime) -> Writes:
    document = decision.document
    if document is None:
        return Writes()
    created = decision.taken.outcome is Outcome.CREATED
    written = create_master(document) if created else (change_master(document),)
    return Writes(written, [_event(document, now)])


def _event(document: Sku | Supplier, now: datetime) -> Event:
    data: dict[str, Json] = {"version": document.version}
    if isinstance(document, Sku):
        kind = "SkuChanged"
        data |= {"sku": document.code, "owner": document.owner}
    else:
        kind = "SupplierChanged"
        data |= {"supplier": document.code}
    return Event(
        id=f"{kind}:{document.code}:{document.version}",
        kind=kind,
        subject=document.code,
        occurred_at=now,
        correlation=document.code,
        data=data,
    )
