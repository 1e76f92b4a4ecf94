"""Setting connections to warehouse systems up: the data in the table, the keys with the secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.strict_json import check_range
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.model import MOST_IN_MESSAGE
from chalicelib.warehouse.store import put_connection


class KeptSecrets(Protocol):
    """Where secrets are kept: `aws.secrets.SecretsManager`."""

    def current(self, name: str) -> tuple[str, ...]: ...

    def put(self, name: str, text: str) -> None: ...


def secret_name(code: str, *, callback: bool = False) -> str:
    """Under which name a connection's key is kept; the callback's only where it has its own."""
    return f"wms/{code}-callback" if callback else f"wms/{code}"


class Connecting:
    """Sets connections up, or says them anew."""

    def __init__(self, *, transaction: Transaction, secrets: KeptSecrets) -> None:
        self._transaction = transaction
        self._secrets = secrets

    def connect(
        self, connection: Connection, *, secret: str = "", callback_secret: str = ""
    ) -> Connection:
        """Keeps the keys first, so that no connection stands without them; the connection as kept,
        its `secret` and `callback_secret` naming where the keys are. An empty key leaves the one
        that is there. `Refused`: a code or address that is none, no key at all,
        a number out of range.
        """
        if not is_code(connection.code):
            raise Refused("malformed_code", "1-50 letters, digits, `_`, `-` and `.`", field="code")
        parts = urlsplit(connection.url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Refused("malformed_url", "an address such as https://wms/qimen", field="url")
        check_range(connection.batch_items, field="batch_items", least=0, most=MOST_IN_MESSAGE)
        check_range(connection.queries_per_minute, field="queries_per_minute", least=1, most=6_000)
        name = secret_name(connection.code)
        if secret:
            self._secrets.put(name, secret)
        elif not self._secrets.current(name):
            raise Refused("secret_missing", "a new connection needs its key", field="secret")
        callback_name = secret_name(connection.code, callback=True)
        if callback_secret:
            self._secrets.put(callback_name, callback_secret)
        own = bool(callback_secret or self._secrets.current(callback_name))
        kept = replace(connection, secret=name, callback_secret=callback_name if own else "")
        self._transaction.commit(Writes([put_connection(kept)]))
        return kept
