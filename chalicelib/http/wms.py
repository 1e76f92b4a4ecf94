"""Where warehouse systems call back. Always HTTP 200 and XML; `flag` says what became of it."""

from __future__ import annotations

from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.aws.observability import logger
from chalicelib.bootstrap import container
from chalicelib.http.binary import XML_ANSWER_TYPE
from chalicelib.http.edge import ANY_TYPE, head_of, raw_of

wms = Blueprint(__name__)


@wms.route("/wms/{code}/qimen", methods=["POST"], content_types=ANY_TYPE)
def qimen(code: str) -> Response:
    """A Qimen callback: signed XML with its parameters in the query. Answered 200 and XML whatever
    came.

    Raises nothing for what a peer sent. An outage of ours is answered `failure` too: the WMS keeps
    the message and sends it again.
    """
    request = wms.current_request
    try:
        answer = container().callbacks.receive(unquote(code), head_of(request), raw_of(request))
    except Exception:
        # The entry point: ours, logged with its traceback, and the peer is told to come again.
        logger.exception("callback failed", wms=code)
        answer = (
            b"<response><flag>failure</flag><code>unavailable</code>"
            b"<message>the OMS could not take this now; please send it again</message></response>"
        )
    return Response(
        body=answer.decode(), status_code=200, headers={"Content-Type": XML_ANSWER_TYPE}
    )
