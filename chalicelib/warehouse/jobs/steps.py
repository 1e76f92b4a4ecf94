"""What each kind of dispatch does at its steps; `dispatching` knows the steps, a `Job` the
document.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import Key, Writes
from chalicelib.warehouse.calling import Reply
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.xml import Content, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The WMS's word about a dispatch, for the document's side. `wms_id` is "" where none is
    told.
    """

    wms_id: str
    code: str
    source: Source


Acknowledging: TypeAlias = Callable[[Settlement], Writes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send this. `revision` is the document's version in it; `writes` go with taking it. `method`
    is named where it isn't the one of the dispatch's kind.

    `under` is the data key of the document the message is about. `acknowledged` plans the
    document's side from what `writes` have just made of it, without reading it again; where that
    is refused, `Job.plan_acknowledged` reads. `through` of `total` lines of the document are with
    the WMS once it is acknowledged, where it goes out in parts.
    """

    content: Content
    revision: int
    writes: Writes = field(default_factory=Writes)
    method: str = ""
    under: SealingKey | None = field(default=None, repr=False)
    acknowledged: Acknowledging | None = None
    through: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something has to come first: `reason` names it, `writes` set it going."""

    reason: str
    writes: Writes = field(default_factory=Writes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Our own document doesn't want it any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is settled without the WMS: `writes` are the document's side of it."""

    reason: str
    writes: Writes


Prepared: TypeAlias = Send | Wait | Drop | Done

Ahead: TypeAlias = Mapping[Key, Mapping[str, Any]]
"""Items read together with the dispatch; empty where nothing was, and then they are read."""


class Finding(StrEnum):
    """What the WMS was found to have of a document."""

    THERE = "THERE"
    MISSING = "MISSING"
    DECLINED = "DECLINED"
    UNCLEAR = "UNCLEAR"


Judge: TypeAlias = Callable[[OrderAnswer], Finding]
"""What a query's answer means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How to ask a WMS what it has: a query, its reader, and what the answer means."""

    method: str
    content: Content
    read: Callable[[Node], OrderAnswer]
    judge: Judge


class Job(ABC):
    """One kind of dispatch. `refusal_needs_a_person`: a refusal is a case for one."""

    refusal_needs_a_person: ClassVar[bool] = False

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """What `prepare` would like to have been read together with the dispatch."""
        del dispatch
        return ()

    @abstractmethod
    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """What is to be sent now, from the document as it is now."""

    @abstractmethod
    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """How to ask; none: saying it again does no harm. Each time asked takes the next one."""

    def means(self, failure: Failure) -> Failure:
        """What a classified failure means for this kind: ALREADY_EXISTS is success."""
        return failure

    @abstractmethod
    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The document's side of the WMS having it. Planned again: the same, or nothing."""

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The document's side of the WMS not taking it: nothing where the case says it all."""
        del dispatch, settlement
        return Writes()

    def plan_lost(self, dispatch: Dispatch) -> Writes:
        """The document's side of nobody knowing what became of it."""
        del dispatch
        return Writes()


_REJECTED = "REJECT"


def exists(found: OrderAnswer, code: str) -> Finding:
    """Whether a query's answer shows the order; an empty success means that it has none."""
    if found.latest == _REJECTED:
        return Finding.DECLINED
    named = found.order_code or (code if found.latest or found.answer.wms_ids else "")
    return Finding.THERE if named == code else Finding.MISSING


def first_wms_id(reply: Reply) -> str:
    """The WMS's number in an answer, "" if none."""
    return reply.answer.wms_ids[0] if reply.answer and reply.answer.wms_ids else ""
