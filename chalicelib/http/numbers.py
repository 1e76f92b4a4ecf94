"""Numbers for other systems."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.edge import json_answer, json_body, route, text_of
from chalicelib.kernel.errors import Malformed
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
    count = body.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool):
        raise Malformed("malformed_field", "a whole number is needed", field="count")
    return json_answer(201, {"numbers": oms.numbers.order_numbers(text_of(body, "buyer"), count)})
