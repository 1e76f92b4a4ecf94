"""A cloud that can't now: the caller is told to come again, and what comes again is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.http.documents import order
from tests.http.world import SHOP, Site


@contextmanager
def refusing(site: Site, operation: str, code: str, status: int) -> Iterator[None]:
    """The service answers this operation so, after all tries of the SDK."""
    service = operation.partition(".")[0]
    told = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    answer = (SimpleNamespace(status_code=status), told)

    def refuse(**_: Any) -> Any:
        return answer

    events = site.oms.clients[service].meta.events
    events.register_first(f"before-call.{operation}", refuse)
    try:
        yield
    finally:
        events.unregister(f"before-call.{operation}", refuse)


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("kms.GenerateDataKey", "ThrottlingException", 400),
        ("s3.PutObject", "SlowDown", 503),
        ("dynamodb.TransactWriteItems", "InternalServerError", 500),
        ("dynamodb.GetItem", "ProvisionedThroughputExceededException", 400),
    ],
)
def test_an_order_in_an_outage_is_answered_503_and_taken_when_it_comes_again(
    site: Site, operation: str, code: str, status: int
) -> None:
    with refusing(site, operation, code, status):
        refused = site.post("/v1/orders", order(), client=SHOP, id="msg_a")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.json_body == {"code": "unavailable", "message": "try again in a moment"}
    assert site.post("/v1/orders", order(), client=SHOP, id="msg_a").status_code == 201
