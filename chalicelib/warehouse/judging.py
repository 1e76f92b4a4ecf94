"""What a call to a WMS, or its silence, means for the dispatch. Pure."""

from __future__ import annotations

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.calling import Reply
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.jobs.steps import Finding, Question
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.states import DispatchEvent


def concluded(held: Dispatch, finding: Finding, connection: Connection) -> DispatchEvent:
    """What asking means for the dispatch; it is exhausted by too many sends or too many asks."""
    if finding is Finding.THERE:
        return DispatchEvent.ACKNOWLEDGE
    if finding is Finding.DECLINED:
        return DispatchEvent.REFUSE
    if max(held.asked, held.attempts) >= connection.most_attempts:
        return DispatchEvent.EXHAUST
    missing = finding is Finding.MISSING
    return DispatchEvent.FIND_MISSING if missing else DispatchEvent.LOSE


def found_of(connection: Connection, question: Question, reply: Reply) -> tuple[Finding, str]:
    """What a query's answer says, and the WMS's number in it; no answer, or one that says nothing
    clear, is UNCLEAR.
    """
    if reply.response is None or reply.answer is None:
        return Finding.UNCLEAR, ""
    if not reply.answer.success:
        missing = connection.classify(question.method, reply.answer) is Failure.NOT_FOUND
        return (Finding.MISSING if missing else Finding.UNCLEAR), ""
    try:
        found = question.read(reply.response)
    except Refused:
        return Finding.UNCLEAR, ""
    return question.judge(found), next(iter(found.answer.wms_ids), "")
