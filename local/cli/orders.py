"""Sending an order in, as a shop's system would."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from chalicelib.kernel.clock import CHINA
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen, format_fen, parse_fen
from local.cli.output import AsJson, say, say_json
from local.cli.stage import stage
from local.demo.api import Api, Reply
from local.environment import NotSetUp

RECEIVER = {
    "name": "张三",
    "mobile": "13800000000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "address": "示例路 1 号",
}
"""Nobody: the order is for trying things out."""

TAKEN = (200, 201)


def post_order(
    *,
    shop: Annotated[str, typer.Option(help="The signing client of the shop.")],
    sku: Annotated[str, typer.Option(help="What is bought.")],
    quantity: Annotated[int, typer.Option(min=1, help="How many pieces.")] = 1,
    price: Annotated[str, typer.Option(help="Of one piece, tax included.")] = "59.00",
    order_id: Annotated[
        str, typer.Option(help="The channel's order id; again the same is the same order.")
    ] = "",
    url: Annotated[
        str, typer.Option(help="The API; the deployed one, or OMS_API_URL, if not given.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Places an order of one line over the API, signed with the client's key; for trying out.

    Example: oms order post --shop shop-demo --sku TEE-WHITE-M --quantity 2
    """
    oms = stage()
    found = oms.secrets.current(f"clients/{shop}")
    if not found:
        raise Refused("unknown_client", f"{shop} is no client that signs", field="shop")
    unit_price = parse_fen(price, field="price")
    moment = oms.clock.now().astimezone(ZoneInfo(CHINA))
    body = order_body(
        order_id or uuid.uuid4().hex, sku=sku, quantity=quantity, unit_price=unit_price, at=moment
    )
    api = Api(url=_checked(url or _api_url()), token="")
    reply = api.post_signed(
        "/v1/orders", json.dumps(body, ensure_ascii=False).encode(), client=shop, secret=found[0]
    )
    answer = _answer(reply, api.url)
    if reply.status not in TAKEN:
        raise Refused(
            str(answer.get("code")), str(answer.get("message")), field=answer.get("field")
        )
    if as_json:
        return say_json(answer)
    return say(f"Order {answer['order_no']} of {answer['payable']} {answer['currency']} is placed.")


def order_body(
    order_id: str, *, sku: str, quantity: int, unit_price: Fen, at: datetime
) -> dict[str, Any]:
    """An order of one line, without discounts or freight, as `POST /v1/orders` takes it."""
    moment = at.isoformat(timespec="seconds")
    line = {
        "channel_line_id": "1",
        "sku": sku,
        "quantity": quantity,
        "unit_price": format_fen(unit_price),
    }
    return {
        "channel_order_id": order_id,
        "currency": "CNY",
        "placed_at": moment,
        "paid_at": moment,
        "lines": [line],
        "payable": format_fen(quantity * unit_price),
        "receiver": RECEIVER,
    }


def _checked(url: str) -> str:
    """An address that can be called; `urlsplit` complains of some, and takes most."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        good = False
    if not good or not url.isascii() or " " in url:
        raise typer.BadParameter(f"{url!r} is no address such as http://127.0.0.1:4566/…")
    return url.rstrip("/")


def _answer(reply: Reply, url: str) -> dict[str, Any]:
    """The API's answer; `NotSetUp` for one that no OMS gives."""
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or ("order_no" not in answer and "code" not in answer):
        raise NotSetUp(f"{url} answered {reply.status}, but not as an OMS does: is it the API?")
    return answer


def _api_url() -> str:
    """The API of the stage that OMS_API_URL names, else of what is deployed here."""
    if address := os.environ.get("OMS_API_URL"):
        return address.rstrip("/")
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        raise NotSetUp("Where is the API? Set OMS_API_URL, or give --url.")
    from local.cloud_settings import CloudSettings
    from local.deploy import describe

    # Where it was deployed, whatever OMS_CLOUD_PORT says in this shell.
    port = urlsplit(endpoint).port
    settings = CloudSettings.from_environment()
    return describe(replace(settings, port=port or settings.port)).api_url
