"""Accounting periods: what they are, what would block their close, closing and reopening them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, everything, needs
from chalicelib.http.edge import (
    json_answer,
    json_body,
    parameter,
    path_text,
    refusal_body,
    route,
    text_of,
)
from chalicelib.kernel.errors import Forbidden, Malformed
from chalicelib.kernel.roles import Role

if TYPE_CHECKING:
    from chalicelib.stock.periods import CloseKind, Point

periods = Blueprint(__name__)

MOST_SHARDS = 20_000
"""Closed shards that one request reads, about 15 MB: 600 of each of 31 days."""


@periods.route("/v1/periods", methods=["GET"], authorizer=authorizer)
@route
@needs(periods, Role.OPERATOR, Role.FINANCE)
def list_periods(caller: Caller) -> Response:
    """Months that were ever closed, as they are now, the newest first; page by `cursor`."""
    from chalicelib.bootstrap.period_shapes import version_json

    everything(caller)
    cursor = parameter(periods.current_request, "cursor", default="") or None
    found, following = container().periods.periods(cursor=cursor)
    shown = [version_json(each) for each in found]
    return json_answer(200, {"periods": shown, "next_cursor": following})


@periods.route("/v1/periods/{period}", methods=["GET"], authorizer=authorizer)
@route
@needs(periods, Role.OPERATOR, Role.FINANCE)
def show_period(caller: Caller, period: str) -> Response:
    """A month such as 2026-11 with all its versions: who closed or reopened it, when, why, and what
    the checklist said.
    """
    from chalicelib.bootstrap.period_shapes import standings_json
    from chalicelib.stock.periods import parse_period

    everything(caller)
    found = container().periods.period(parse_period(path_text(period)))
    return json_answer(200, standings_json(found))


@periods.route("/v1/periods/{period}/checklist", methods=["GET"], authorizer=authorizer)
@route
@needs(periods, Role.OPERATOR, Role.FINANCE)
def show_checklist(caller: Caller, period: str) -> Response:
    """What closing the month would find now, point by point with the first culprits; `kind` SOFT or
    HARD. Nothing is changed.
    """
    from chalicelib.bootstrap.period_shapes import checklist_json
    from chalicelib.stock.periods import parse_period

    everything(caller)
    kind = _kind(parameter(periods.current_request, "kind", default="SOFT"))
    month = parse_period(path_text(period))
    found = container().periods.checklist(month, kind, most_shards=MOST_SHARDS)
    return json_answer(200, {"period": str(month), "kind": kind.value, **checklist_json(found)})


@periods.route("/v1/periods/{period}/close", methods=["POST"], authorizer=authorizer)
@route
@needs(periods, Role.FINANCE)
def close_period(caller: Caller, period: str) -> Response:
    """Closes a month: {"kind": SOFT or HARD, "reason", "sign_off"?: {"UNEXPLAINED" or
    "REFUSED_MESSAGES": why it is closed all the same}}. 409 with the checklist where that doesn't
    let it.
    """
    from chalicelib.bootstrap.period_shapes import checklist_json, version_json
    from chalicelib.stock.periods import PeriodBlocked, parse_period

    everything(caller)
    oms = container()
    body = json_body(periods.current_request, oms.settings.body_limit_bytes)
    try:
        closed = oms.periods.close(
            parse_period(path_text(period)),
            _kind(text_of(body, "kind")),
            by=caller.subject,
            reason=text_of(body, "reason"),
            sign_offs=_sign_offs(body),
            most_shards=MOST_SHARDS,
        )
    except PeriodBlocked as blocked:
        found = checklist_json(blocked.findings)
        return json_answer(blocked.status, refusal_body(blocked) | found)
    return json_answer(200, version_json(closed))


@periods.route("/v1/periods/{period}/reopen", methods=["POST"], authorizer=authorizer)
@route
@needs(periods, Role.FINANCE)
def reopen_period(caller: Caller, period: str) -> Response:
    """Opens the last closed month again: {"reason", "hard"?: true for one that is closed hard,
    which needs the role admin}. What was closed stays readable as a version.
    """
    from chalicelib.bootstrap.period_shapes import version_json
    from chalicelib.stock.periods import parse_period

    everything(caller)
    oms = container()
    body = json_body(periods.current_request, oms.settings.body_limit_bytes)
    hard = body.get("hard", False)
    if not isinstance(hard, bool):
        raise Malformed("malformed_field", "true or false is needed", field="hard")
    if hard and Role.ADMIN not in caller.roles:
        raise Forbidden("role_missing", "reopening what is closed hard needs the role admin")
    opened = oms.periods.reopen(
        parse_period(path_text(period)),
        by=caller.subject,
        reason=text_of(body, "reason"),
        hard=hard,
    )
    return json_answer(200, version_json(opened))


def _kind(text: str) -> CloseKind:
    from chalicelib.stock.periods import CloseKind

    if text not in set(CloseKind):
        raise Malformed("malformed_field", "SOFT or HARD", field="kind")
    return CloseKind(text)


def _sign_offs(body: dict[str, Any]) -> dict[Point, str]:
    from chalicelib.stock.periods import Point

    given = body.get("sign_off", {})
    if not isinstance(given, dict):
        raise Malformed("malformed_field", "an object is needed", field="sign_off")
    for name, why in given.items():
        if name not in set(Point):
            raise Malformed("malformed_field", "no point of the checklist", field="sign_off")
        if not isinstance(why, str):
            raise Malformed("malformed_field", "a text is needed", field=f"sign_off.{name}")
    return {Point(name): why for name, why in given.items()}
