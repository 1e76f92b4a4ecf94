"""What kept messages say, as header and lines, masked: to list and to count."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.bindings import sees_message
from chalicelib.http.edge import json_answer, parameter, route
from chalicelib.http.messages import day_of, outcome_of, visible_message
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.roles import Role

contents = Blueprint(__name__)


@contents.route("/v1/messages/{message_id}/content", methods=["GET"], authorizer=authorizer)
@route
@needs(contents, Role.OPERATOR, Role.INTEGRATOR, Role.RAW_READER)
def show_content(caller: Caller, message_id: str) -> Response:
    """What an XML message says: header leaves and lines, persons masked; `part=answer`: its
    answer.
    """
    oms = container()
    message = visible_message(caller, message_id)
    part = parameter(contents.current_request, "part", default="body")
    content = oms.contents.of(message, answer=part == "answer")
    return json_answer(
        200,
        {
            "message_id": message.id,
            "header": dict(content.header),
            "lines": [{"path": line.path, "leaves": dict(line.fields)} for line in content.lines],
            "left_out": content.left_out,
        },
    )


@contents.route("/v1/message-lines", methods=["GET"], authorizer=authorizer)
@route
@needs(contents, Role.OPERATOR, Role.INTEGRATOR, Role.RAW_READER)
def list_lines(caller: Caller) -> Response:
    """Lines of a `peer`'s messages of a `day`, of one `method` or of all, oldest first; only those
    of which the leaf `field` says `value`, or of messages with an `outcome`.

    A page reads 25 messages: it may be empty and still have a next one.
    """
    request, oms = contents.current_request, container()
    from chalicelib.warehouse.contents import Where

    outcome = parameter(request, "outcome", default="")
    where = Where(
        field=parameter(request, "field", default=""),
        value=parameter(request, "value", default=""),
        outcome=outcome_of(outcome) if outcome else None,
    )
    page = oms.contents.lines(
        parameter(request, "peer"),
        parameter(request, "method", default=""),
        day=day_of(request),
        where=where,
        cursor=parameter(request, "cursor", default="") or None,
    )
    rows: list[dict[str, Any]] = [
        {
            "message_id": row.message.id,
            "at": to_text(row.message.at),
            "method": row.message.method,
            "outcome": row.message.outcome.value,
            "documents": list(row.message.documents),
            "number": row.number,
            "path": row.path,
            "header": dict(row.header),
            "leaves": dict(row.line),
            "unreadable": row.unreadable,
        }
        for row in page.rows
        if sees_message(oms, caller, row.message)
    ]
    return json_answer(200, {"lines": rows, "next_cursor": page.next_cursor})
