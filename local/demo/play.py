"""The main job, step by step, each checked from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.bootstrap import Container
from local.control import invoke
from local.demo.api import Api, Reply
from local.demo.peers import Peer, Wms
from local.demo.report import Report
from local.deploy import Deployment

EAST, SOUTH = "WH-EAST", "WH-SOUTH"
TEE, MUG, LAMP = "TEE-WHITE-M", "MUG-350ML", "LAMP-DESK"
SUPPLIER = "SUP-CHENGUANG"
SHOP, PRODUCT, PURCHASING = "shop-demo", "pim-demo", "erp-purchasing"


@dataclass(kw_only=True)
class Play:
    """What the steps share. `run` is different in every run, so that a second run makes new
    documents. `oms` is the command line's way in, past the API.
    """

    api: Api
    wms: Wms
    tax: Peer
    sms: Peer
    erp: Peer
    report: Report
    secrets: Mapping[str, str]
    run: str
    deployment: Deployment
    oms: Container
    closing_time: datetime
    known: dict[str, Any] = field(default_factory=dict)

    def send(self, path: str, body: Mapping[str, Any], client: str) -> Reply:
        """A document signed by a client."""
        text = json.dumps(body, ensure_ascii=False).encode()
        return self.api.post_signed(path, text, client=client, secret=self.secrets[client])

    def balance(self, warehouse: str, sku: str) -> dict[str, Any]:
        """A SKU's balance in a warehouse; zeros if it never moved."""
        found: list[dict[str, Any]] = self.api.get("/v1/stock", warehouse=warehouse, sku=sku)[
            "balances"
        ]
        return found[0] if found else {"quantities": {}, "available": 0, "reserved": 0}

    def got(self, warehouse: str, method: str, code: str = "") -> list[dict[str, Any]]:
        """The messages of a method that a WMS got, about a document if one is named."""
        query = {"warehouse": warehouse, "method": method, "direction": "in"}
        return self.wms.messages(**query, **({"code": code} if code else {}))

    def order_in(self, number: str, state: str) -> Any:
        """The order once it is in a state."""
        order: dict[str, Any] = self.api.get(f"/v1/orders/{number}")
        return order if order["state"] == state else None

    def order_with(self, number: str, fulfilments: int) -> Any:
        """The order once it has so many fulfilments."""
        order: dict[str, Any] = self.api.get(f"/v1/orders/{number}")
        return order if len(order["fulfilments"]) == fulfilments else None

    def fulfilment(self, warehouse: str) -> dict[str, Any]:
        """The main order's fulfilment in a warehouse."""
        order = self.api.get(f"/v1/orders/{self.known['order']}")
        found: dict[str, Any] = next(
            each for each in order["fulfilments"] if each["warehouse"] == warehouse
        )
        return found

    def start_close(self) -> str:
        """Runs the scheduled function as if the night after the closing time had come.

        The schedule closes each day once. A day that an earlier run of the demo has closed is
        closed anew, as a new version with its reason, which is what a person would do.
        """
        envelope = {
            "version": "0", "id": f"demo-{self.run}", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "000000000000", "region": "ap-northeast-1",
            "time": self.closing_time.strftime("%Y-%m-%dT%H:%M:%SZ"), "resources": [], "detail": {},
        }  # fmt: skip
        started = invoke(self.deployment, "NightlyClose", envelope)
        run: str = started["run"]
        if self.api.get(f"/v1/closes/{run}")["state"] == "CLOSED" and not self.is_new(run):
            body = {"day": started["day"], "reason": f"demo {self.run}"}
            run = self.api.post("/v1/closes", body)["run"]
        return run

    def is_new(self, run: str) -> bool:
        """Whether this demo's run is the first to see this close: nothing was compared in it
        yet.
        """
        path = f"/v1/closes/{run}/comparisons"
        return not self.api.get(path, warehouse=EAST)["comparisons"]
