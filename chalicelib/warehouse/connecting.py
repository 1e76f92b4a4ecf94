"""Setting connections to warehouse systems up: the data in the table, the keys with the secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.strict_json import check_range
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.model import (
    LEASE_SECONDS,
    LONGEST_DELAY_SECONDS,
    MOST_IN_MESSAGE,
    MOST_ORDERS_IN_MESSAGE,
)
from chalicelib.warehouse.signing import METHODS
from chalicelib.warehouse.store import put_connection
from chalicelib.warehouse.texts import zone_of

LONGEST_TIMEOUT_SECONDS = LEASE_SECONDS - 10
"""A sender's lease has to outlast its call."""


class KeptSecrets(Protocol):
    """Where secrets are kept: `aws.secrets.SecretsManager`."""

    def current(self, name: str) -> tuple[str, ...]: ...

    def put(self, name: str, text: str) -> None: ...


def secret_name(code: str, *, callback: bool = False) -> str:
    """Under which name a connection's key is kept; the callback's only where it has its own."""
    return f"wms/{code}-callback" if callback else f"wms/{code}"


def check(connection: Connection) -> None:
    """`Refused`, with the field, where a connection couldn't be used as it is."""
    if not is_code(connection.code):
        raise Refused("malformed_code", "1-50 letters, digits, `_`, `-` and `.`", field="code")
    parts = urlsplit(connection.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused("malformed_url", "an address such as https://wms/qimen", field="url")
    if connection.dialect not in DIALECTS:
        raise Refused("unknown_dialect", f"one of {', '.join(DIALECTS)}", field="dialect")
    if connection.zone:
        try:
            zone_of(connection.zone)
        except ValueError as error:
            raise Refused("malformed_setting", str(error), field="zone") from error
    _check_sign_methods(connection)
    _check_limits(connection)


def _check_sign_methods(connection: Connection) -> None:
    known = f"of {', '.join(METHODS)}"
    if connection.sign_method not in METHODS:
        raise Refused("malformed_setting", f"one {known}", field="sign_method")
    taken = connection.callback_sign_methods
    if not taken or not set(taken) <= set(METHODS):
        field = "callback_sign_methods"
        raise Refused("malformed_setting", f"one or more {known}", field=field)


def _check_limits(connection: Connection) -> None:
    for field in ("timeout_seconds", "slow_seconds"):
        seconds = getattr(connection, field)
        check_range(seconds, field=field, least=1, most=LONGEST_TIMEOUT_SECONDS)
    check_range(connection.window_seconds, field="window_seconds", least=1, most=86_400)
    check_range(connection.most_attempts, field="most_attempts", least=1, most=1_000)
    check_range(connection.most_at_once, field="most_at_once", least=0, most=100)
    check_range(connection.calls_per_minute, field="calls_per_minute", least=0, most=6_000)
    waits = connection.intercept_wait_seconds
    check_range(waits, field="intercept_wait_seconds", least=3_600, most=2_592_000)
    check_range(connection.batch_items, field="batch_items", least=0, most=MOST_IN_MESSAGE)
    check_range(connection.batch_orders, field="batch_orders", least=0, most=MOST_ORDERS_IN_MESSAGE)
    check_range(
        connection.batch_answer_seconds,
        field="batch_answer_seconds",
        least=0,
        most=LONGEST_DELAY_SECONDS,
    )
    check_range(connection.queries_per_minute, field="queries_per_minute", least=1, most=6_000)
    try:
        connection.hours.check()
    except ValueError as error:
        raise Refused("malformed_setting", str(error), field="hours") from error


def plan_connected(connection: Connection, clock: Clock) -> Writes:
    """The connection; with it `ConnectionChanged` where it takes shops or warehouses, so that it is
    told those that it lacks. Said twice, it is told nothing twice.
    """
    events: list[Event] = []
    if connection.active and (connection.takes_shops or connection.takes_warehouses):
        now = clock.now()
        events.append(
            Event(
                id=f"ConnectionChanged:{connection.code}:{to_text(now)}",
                kind="ConnectionChanged",
                subject=connection.code,
                occurred_at=now,
                correlation=connection.code,
                data={"wms": connection.code},
            )
        )
    return Writes([put_connection(connection)], events)


class Connecting:
    """Sets connections up, or says them anew."""

    def __init__(self, *, transaction: Transaction, secrets: KeptSecrets, clock: Clock) -> None:
        self._transaction = transaction
        self._secrets = secrets
        self._clock = clock

    def connect(
        self, connection: Connection, *, secret: str = "", callback_secret: str = ""
    ) -> Connection:
        """Keeps the keys first, so that no connection stands without them; the connection as kept,
        its `secret` and `callback_secret` naming where the keys are. An empty key leaves the one
        that is there. `Refused`: a setting that is none, no key at all.
        """
        check(connection)
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
        self._transaction.commit(plan_connected(kept, self._clock))
        return kept

    def rotate(self, code: str, *, secret: str = "", callback_secret: str = "") -> list[str]:
        """Puts new keys before the ones that are there: the new one signs from now on, both are
        good for checking, until `finish`. The names of the keys that are changing now.

        `Refused` where there is no key to change (`secret_missing`), or none is given.
        """
        given = {
            secret_name(code): (secret, "secret"),
            secret_name(code, callback=True): (callback_secret, "callback_secret"),
        }
        changing = {name: new for name, (new, _) in given.items() if new}
        if not changing:
            raise Refused("secret_missing", "the new key is needed", field="secret")
        for name in changing:
            if not self._secrets.current(name):
                text = "there is no key to change; `oms wms connect` sets the first one"
                raise Refused("secret_missing", text, field=given[name][1])
        for name, new in changing.items():
            old = self._secrets.current(name)[0]
            if old != new:
                self._secrets.put(name, json.dumps({"current": new, "previous": old}))
        return sorted(changing)

    def finish(self, code: str) -> list[str]:
        """Drops the keys from before. The names of the keys that were changing."""
        names = [secret_name(code, callback=callback) for callback in (False, True)]
        changing = [name for name in names if len(self._secrets.current(name)) > 1]
        for name in changing:
            self._secrets.put(name, json.dumps({"current": self._secrets.current(name)[0]}))
        return changing
