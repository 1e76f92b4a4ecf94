"""Secrets from Secrets Manager, cached for some minutes in the container.

A secret's text is JSON `{"current": "…", "previous": "…"}`; `previous` is there during a rotation.
A plain text counts as `current`. Both are good for checking, `current` alone signs.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.clients import Clients
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable

KEPT_FOR = timedelta(minutes=5)


class SecretsManager:
    """Reads `<prefix>/<name>`; a secret that isn't there is an empty tuple."""

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

    def _read(self, name: str) -> tuple[str, ...]:
        try:
            answer = self._clients["secretsmanager"].get_secret_value(
                SecretId=f"{self._prefix}/{name}"
            )
        except ClientError as error:
            # The answer for a name that isn't there, and for one that this function may not read.
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return ()
            raise
        except BotoCoreError as error:
            raise Unavailable(f"Secrets Manager: {type(error).__name__}") from error
        text = str(answer["SecretString"])
        if not text.startswith("{"):
            return (text,)
        parts = json.loads(text)
        return tuple(parts[name] for name in ("current", "previous") if parts.get(name))
