"""Numbers for other systems."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.edge import json_answer, json_body, route, text_of, whole_of
from chalicelib.kernel.roles import Role

numbers = Blueprint(__name__)


@numbers.route("/v1/numbers", methods=["POST"], authorizer=authorizer)
@route
@needs(numbers, Role.INTEGRATOR)
def hand_out(caller: Caller) -> Response:
    """Hands out order numbers: {"buyer", "count"} -> {"numbers"}. Numbers of one buyer share their
    gene.
    """
    oms = container()
    body = json_body(numbers.current_request, oms.settings.body_limit_bytes)
    count = whole_of(body, "count", default=1)
    return json_answer(201, {"numbers": oms.numbers.order_numbers(text_of(body, "buyer"), count)})
