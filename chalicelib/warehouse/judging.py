"""What a call to a WMS, or its silence, means for the dispatch. Pure."""

from __future__ import annotations

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.calling import Arrival, Reply
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.jobs.parts import unsure_of_part
from chalicelib.warehouse.jobs.steps import Finding, Job, Question
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.settling import failing
from chalicelib.warehouse.states import DispatchEvent


def judged_of_sent(
    held: Dispatch, connection: Connection, reply: Reply, method: str, *, job: Job
) -> DispatchEvent:
    """What came of sending it by itself."""
    if reply.arrival is Arrival.UNKNOWN:
        return DispatchEvent.LOSE
    if reply.arrival is Arrival.NOT_TAKEN or reply.answer is None:
        return failing(held, connection)
    if reply.answer.success:
        return DispatchEvent.ACKNOWLEDGE
    failure = job.means(connection.classify(method, reply.answer))
    if unsure_of_part(held, failure):
        return DispatchEvent.LOSE
    if failure is Failure.ALREADY_EXISTS:
        return DispatchEvent.ACKNOWLEDGE
    return failing(held, connection) if failure is Failure.RETRY else DispatchEvent.REFUSE


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
