"""Telling numbers apart without keeping them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol

from chalicelib.kernel.errors import Unavailable


class Secrets(Protocol):
    """Secrets by name: the current one first; nothing where there is none."""

    def current(self, name: str) -> tuple[str, ...]: ...


class RecipientDigest:
    """HMAC-SHA256 of a phone number under a secret of the installation. A bare hash of eleven
    digits would be guessed in seconds.
    """

    def __init__(self, secrets: Secrets, name: str = "recipients-key") -> None:
        self._secrets = secrets
        self._name = name

    def __call__(self, text: str) -> str:
        found = self._secrets.current(self._name)
        if not found:
            raise Unavailable(f"the secret {self._name} isn't there")
        return hmac.new(found[0].encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
