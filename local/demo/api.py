"""A caller of the OMS's API: signs documents as in Standard Webhooks, else shows its token."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

TIMEOUT_SECONDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API address, and the token for everything that isn't signed."""

    url: str
    token: str

    def get(self, path: str, **query: str) -> Any:
        """A JSON answer; raises `ApiFailure` for anything but 200."""
        target = f"{path}?{urlencode(query)}" if query else path
        reply = self.call("GET", target, headers=self._bearer())
        return _expected(reply, f"GET {target}", (200,))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """A JSON answer to a JSON body, by token."""
        headers = {**self._bearer(), "Content-Type": "application/json"}
        reply = self.call("POST", path, body=json.dumps(body).encode(), headers=headers)
        return _expected(reply, f"POST {path}", (200, 201, 202))

    def get_bytes(self, path: str) -> bytes:
        """The bytes of a raw message."""
        headers = {**self._bearer(), "Accept": "application/octet-stream"}
        reply = self.call("GET", path, headers=headers)
        if reply.status != 200:
            raise ApiFailure(f"GET {path}", reply)
        return reply.body

    def post_signed(self, path: str, body: bytes, *, client: str, secret: str) -> Reply:
        """A document signed with the client's key; any answer."""
        message_id, timestamp = f"msg_{uuid.uuid4().hex}", int(time.time())
        headers = {
            "Content-Type": "application/json",
            "oms-client": client,
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secret, message_id, timestamp, body),
        }
        return self.call("POST", path, body=body, headers=headers)

    def call(
        self, verb: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str]
    ) -> Reply:
        """Any request, any answer."""
        request = urllib.request.Request(
            self.url + path, data=body, method=verb, headers=dict(headers)
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return Reply(status=answer.status, headers=dict(answer.headers), body=answer.read())
        except urllib.error.HTTPError as error:
            return Reply(status=error.code, headers=dict(error.headers), body=error.read())

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class ApiFailure(Exception):
    """An answer that wasn't expected."""

    def __init__(self, what: str, reply: Reply) -> None:
        super().__init__(f"{what}: {reply.status} {reply.body[:500].decode(errors='replace')}")
        self.reply = reply


def _expected(reply: Reply, what: str, statuses: tuple[int, ...]) -> Any:
    if reply.status not in statuses:
        raise ApiFailure(what, reply)
    return reply.json()
