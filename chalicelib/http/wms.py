"""Where warehouse systems call back. Always HTTP 200 and XML; `flag` says what became of it."""

from __future__ import annotations

from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.aws.observability import logger, metrics
from chalicelib.bootstrap import container
from chalicelib.http.binary import XML_ANSWER_TYPE
from chalicelib.http.edge import ANY_TYPE, REQUEST_KEYS, correlation_of, head_of, raw_of
from chalicelib.messages.model import Message, Outcome

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
        answered = container().callbacks.receive(unquote(code), head_of(request), raw_of(request))
        _log(answered.message)
        answer = answered.xml
    except Exception:
        # The entry point: ours, logged with its traceback, and the peer is told to come again.
        logger.exception("callback failed", wms=code)
        answer = (
            b"<response><flag>failure</flag><code>unavailable</code>"
            b"<message>the OMS could not take this now; please send it again</message></response>"
        )
    finally:
        logger.remove_keys(REQUEST_KEYS)
    return Response(
        body=answer.decode(), status_code=200, headers={"Content-Type": XML_ANSWER_TYPE}
    )


def _log(message: Message | None) -> None:
    """One line a callback, under the number of the order it is about, if it is about one."""
    if message is None:
        metrics.add_metric(name="Refused", unit="Count", value=1)
        metrics.flush_metrics()
        return logger.info("too many callbacks with wrong signatures")
    logger.append_keys(message_id=message.id, peer=message.peer)
    if message.documents:
        logger.set_correlation_id(correlation_of(message.documents[0]))
    if message.outcome in (Outcome.REFUSED, Outcome.UNVERIFIED):
        metrics.add_metric(name="Refused", unit="Count", value=1)
        metrics.flush_metrics()
    return logger.info(
        "callback", method=message.method, outcome=message.outcome.value, code=message.code
    )
