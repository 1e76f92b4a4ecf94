"""Taking SKUs, suppliers, bundles and categories from their source systems in batches.

Each document of a batch is decided for itself, with the same result as if it had come alone, after
those before it. Several go into one transaction to save requests; when a transaction fails because
somebody else wrote meanwhile, its documents are decided again one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic

from chalicelib.catalog.model import Bundle, Category, Outcome, Sku, Supplier, Taken
from chalicelib.catalog.relations import Related, related
from chalicelib.catalog.store import (
    CatalogStore,
    Document,
    Known,
    Master,
    change_master,
    create_master,
)
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.events import Event, Json
from chalicelib.kernel.writes import MOST_WRITES, ConditionFailed, Transaction, Writes

ITEMS_EACH = 6
"""A SKU takes at most itself, its identity, its event, a check that no bundle has its code, its
category's check and its place there.
"""

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
        if known.sibling:
            return _refused(offered, "code_taken", "a SKU and a bundle can't have one code")
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


def _refused(
    offered: Master, error: str, message: str, field: str | None = "code"
) -> Decision[Master]:
    taken = Taken(
        id=offered.source_id,
        code=offered.code,
        outcome=Outcome.REFUSED,
        error=error,
        message=message,
        field=field or "",
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
        known, others = self._store.known(chunk), related(self._store, chunk)
        decisions = [
            _decide_related(each, there, others, replayed=replayed)
            for each, there in zip(chunk, known, strict=True)
        ]
        written = [each.document for each in decisions if each.document is not None]
        writes = Writes(others.checks(written))
        now = self._clock.now()
        for decision, there in zip(decisions, known, strict=True):
            writes += _plan(decision, there, others, now)
        self._transaction.commit(writes)
        return [decision.taken for decision in decisions]


def _decide_related(
    offered: Master, known: Known[Master], others: Related, *, replayed: bool
) -> Decision[Master]:
    try:
        others.check(offered)
    except Refused as refused:
        return _refused(offered, refused.code, refused.message, refused.field)
    return decide(others.completed(offered), known, replayed=replayed)


def _independent(offered: Sequence[Master]) -> Iterator[list[Master]]:
    """Chunks in which no code and no identity stands twice, so that each sees those before it; a
    category may be the parent of the next, so each is alone.
    """
    chunk: list[Master] = []
    names: set[tuple[str, str]] = set()
    for document in offered:
        mine = {("code", document.code), ("id", document.source_id)}
        most = 1 if isinstance(document, Category) else TOGETHER
        if len(chunk) == most or names & mine:
            yield chunk
            chunk, names = [], set()
        chunk.append(document)
        names |= mine
    if chunk:
        yield chunk


def _plan(
    decision: Decision[Master], known: Known[Master], others: Related, now: datetime
) -> Writes:
    document = decision.document
    if document is None:
        return Writes()
    created = decision.taken.outcome is Outcome.CREATED
    written = create_master(document) if created else [change_master(document)]
    written += others.moves(document, known.by_code)
    return Writes(written, [changed_event(document, now)])


_EVENTS: dict[type, tuple[str, str]] = {
    Sku: ("SkuChanged", "sku"),
    Supplier: ("SupplierChanged", "supplier"),
    Bundle: ("BundleChanged", "bundle"),
    Category: ("CategoryChanged", "category"),
}


def changed_event(document: Document, now: datetime) -> Event:
    """`SkuChanged`, `SupplierChanged`, `BundleChanged` or `CategoryChanged`, of this version."""
    kind, name = _EVENTS[type(document)]
    data: dict[str, Json] = {"version": document.version, name: document.code}
    if isinstance(document, Sku | Bundle):
        data["owner"] = document.owner
    if isinstance(document, Category):
        data["cursor"] = None
    return Event(
        id=f"{kind}:{document.code}:{document.version}",
        kind=kind,
        subject=document.code,
        occurred_at=now,
        correlation=document.code,
        data=data,
    )
