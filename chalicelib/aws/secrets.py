"""Secrets from Secrets Manager, cached for some minutes in the container.

A secret's text is JSON `{"current": "…", "previous": "…"}`; `previous` is there during a rotation.
A plain text counts as `current`. Both are good for checking, `current` alone signs.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.outages import ask
from chalicelib.kernel.clock import Clock

KEPT_FOR = timedelta(minutes=5)


def new_signing_secret() -> str:
    """A new key as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class SecretsManager:
    """Reads and sets `<prefix>/<name>`; a secret that isn't there is an empty tuple."""

    def __init__(self, clients: Clients, prefix: str, clock: Clock) -> None:
        self._clients = clients
        self._prefix = prefix
        self._clock = clock
        self._kept: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def current(self, name: str) -> tuple[str, ...]:
        """Current first, then the previous one if a rotation is under way."""
        now = self._clock.now()
        kept = self._kept.get(name)
        if kept is not None and now - kept[0] < KEPT_FOR:
            return kept[1]
        values = self._read(name)
        if values:
            self._kept[name] = (now, values)
        return values

    def put(self, name: str, text: str) -> None:
        """Sets a secret, whether it is there or not; again the same changes nothing."""
        if not self._create(name, text) and self._read(name) != _values(text):
            self._call("put_secret_value", SecretId=self._id(name), SecretString=text)
        self._kept.pop(name, None)

    def ensure(self, name: str, new: Callable[[], str]) -> tuple[str, bool]:
        """The current secret, made by `new` where there is none; and whether it was made now."""
        values = self._read(name)
        if values:
            return values[0], False
        text = new()
        created = self._create(name, text)
        self._kept.pop(name, None)
        # Not created: somebody else made it meanwhile, and theirs counts.
        return (text, True) if created else (self._read(name)[0], False)

    def _create(self, name: str, text: str) -> bool:
        try:
            self._call("create_secret", Name=self._id(name), SecretString=text)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceExistsException":
                return False
            raise
        return True

    def _read(self, name: str) -> tuple[str, ...]:
        try:
            answer = self._call("get_secret_value", SecretId=self._id(name))
        except ClientError as error:
            # The answer for a name that isn't there, and for one that this function may not read.
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return ()
            raise
        return _values(str(answer["SecretString"]))

    def _id(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _call(self, operation: str, **request: Any) -> Any:
        return ask(self._clients, "secretsmanager", operation, **request)


def _values(text: str) -> tuple[str, ...]:
    try:
        parts = json.loads(text)
    except ValueError:
        return (text,)
    # A generated secret may happen to read as JSON, but not as an object with a current one.
    if not isinstance(parts, dict) or "current" not in parts:
        return (text,)
    return tuple(str(parts[name]) for name in ("current", "previous") if parts.get(name))
