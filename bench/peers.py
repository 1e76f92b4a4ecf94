"""The simulators of the demo in this process, behind the port `Http`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.meter import Meter
from chalicelib.kernel.http import HttpAnswer, NoAnswer
from local.seeding import Seeded
from local.simulators import sms, tax
from local.simulators.application import Application, ConnectionDropped, Request
from local.simulators.erp import receiver
from local.simulators.tax_checks import TaxSettings
from local.simulators.wms import simulator
from local.simulators.wms.settings import from_json

WMS = "http://wms.invalid"
TOLERANCE_SECONDS = 10.0**9
"""The simulators keep the machine's time; a test's clock stands still."""


class Peers:
    """Asks the application that a URL's host names: `wms`, `tax`, `sms`, `upstream`."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._applications: dict[str, Application] = {}

    def start(self, seeded: Seeded, folder: Path) -> None:
        """Starts them all on a folder, with the keys that the app has."""
        warehouses = [
            replace(from_json(dict(each.settings())), timestamp_tolerance_seconds=TOLERANCE_SECONDS)
            for each in seeded.warehouses
        ]
        self._applications = {
            "wms": simulator.build(warehouses, folder / "wms"),
            "tax": tax.build(
                TaxSettings(
                    app_key=seeded.tax_app_key,
                    secret=seeded.tax_secret,
                    token=seeded.tax_token,
                    polls=0,
                ),
                folder / "tax",
            ),
            "sms": sms.build(
                sms.SmsSettings(key=seeded.sms_key, secret=seeded.sms_secret), folder / "sms"
            ),
            "upstream": receiver.build(seeded.upstream_secret, folder / "erp"),
        }

    def stop(self) -> None:
        """Ends them."""
        while self._applications:
            self._applications.popitem()[1].end()

    def tell(self, verb: str, path: str, **body: Any) -> Any:
        """Has people in the warehouse do something."""
        answered = self.send(
            verb,
            f"{WMS}/_sim/{path}",
            body=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            timeout_seconds=30,
        )
        if answered.status != 200:
            raise RuntimeError(f"{path}: {answered.status} {answered.body.decode()}")
        return json.loads(answered.body)

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        """See `kernel.http.Http`."""
        parts = urlsplit(url)
        application = self._applications[(parts.hostname or "").partition(".")[0]]
        request = Request(
            verb=method,
            path=parts.path or "/",
            raw_query=parts.query,
            headers={"host": parts.netloc} | {name.lower(): text for name, text in headers.items()},
            body=body,
        )
        with self._meter.at_a_peer():
            try:
                response = application.answer(request)
            except ConnectionDropped:
                raise NoAnswer("ProtocolError") from None
        return HttpAnswer(status=response.status, headers={}, body=response.body)
