"""The simulators as the demo steers them: their control routes, which are on loopback only."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One simulator process."""

    url: str

    def get(self, path: str, **query: str) -> Any:
        """A control answer in JSON."""
        target = f"{path}?{urlencode(query)}" if query else path
        return self._call("GET", target, None)

    def post(self, path: str, **body: Any) -> Any:
        """A control command."""
        return self._call("POST", path, body)

    def put(self, path: str, **body: Any) -> Any:
        """A control setting."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> Any:
        """Takes something back."""
        return self._call("DELETE", path, None)

    def raw(self, number: int, *, part: str = "body") -> bytes:
        """The bytes of a message that the simulator got or sent."""
        target = f"{self.url}/_sim/messages/{number}/raw?part={part}"
        with urllib.request.urlopen(target, timeout=30) as answer:
            return bytes(answer.read())

    def messages(self, **query: str) -> list[dict[str, Any]]:
        """What it has seen and said."""
        found: list[dict[str, Any]] = self.get("/_sim/messages", **query)["messages"]
        return found

    def _call(self, verb: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data=data, method=verb, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise RuntimeError(f"{verb} {self.url}{path}: {error.code} {text}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wms(Peer):
    """The WMS simulator."""

    def order(self, code: str) -> dict[str, Any] | None:
        """A delivery order as the WMS has it; None if it doesn't have it."""
        try:
            found: dict[str, Any] = self.get(f"/_sim/orders/{quote(code)}")
        except RuntimeError:
            return None
        return found

    def behave(self, warehouse: str, mode: str, **settings: Any) -> None:
        """Down, slow, silent … for some calls."""
        self.post("/_sim/behaviour", warehouse=warehouse, mode=mode, **settings)

    def send_raw(self, warehouse: str, method: str, body: bytes, **settings: Any) -> Any:
        """Sends any bytes as this WMS."""
        encoded = base64.b64encode(body).decode()
        return self.post(
            "/_sim/send_raw", warehouse=warehouse, method=method, body=encoded, **settings
        )
