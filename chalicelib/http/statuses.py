"""Status tables: what the raw statuses of a WMS mean, and what channel and buyer see of them."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.status_shapes import statuses_json
from chalicelib.http.authorization import Caller, authorizer, everything, needs
from chalicelib.http.edge import body_of, json_answer, path_text, route
from chalicelib.kernel.roles import Role

statuses = Blueprint(__name__)


@statuses.route("/v1/wms/{wms}/statuses", methods=["GET"], authorizer=authorizer)
@route
@needs(statuses, Role.ADMIN)
def show_statuses(caller: Caller, wms: str) -> Response:
    """A WMS's own status rows with their version (0: it has none), and all rows in force for it."""
    everything(caller)
    oms = container()
    found = oms.warehouse.statuses.of(oms.warehouse.connection(path_text(wms)).code)
    return json_answer(200, statuses_json(found))


@statuses.route("/v1/wms/{wms}/statuses", methods=["PUT"], authorizer=authorizer)
@route
@needs(statuses, Role.ADMIN)
def put_statuses(caller: Caller, wms: str) -> Response:
    """Writes a WMS's own status rows, which stand in place of the usual ones: {"version": the one
    they were made from, "rows": [{"document", "code", "effect", "axis", "state", "rank", "channel",
    "buyer", "notify", "retracts"}]}.
    """
    from chalicelib.warehouse.statuses.checking import parse_statuses

    everything(caller)
    oms = container()
    code = oms.warehouse.connection(path_text(wms)).code
    raw = body_of(statuses.current_request, oms.settings.body_limit_bytes)
    return json_answer(
        200, statuses_json(oms.warehouse.statuses.put(parse_statuses(raw, wms=code)))
    )
