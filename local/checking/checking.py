"""Posting files as signed callbacks of a WMS, letting the workers run, and looking what came of
it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from chalice.test import Client

from chalicelib.bootstrap import reset
from chalicelib.bootstrap.consumers import CONSUMERS
from chalicelib.kernel.events import Event
from chalicelib.kernel.rehearsal import Change
from chalicelib.kernel.writes import Key
from chalicelib.messages.model import Message
from chalicelib.warehouse.connecting import Connecting
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.signing import signed_query
from chalicelib.warehouse.texts import write_time
from local.checking.effects import effects
from local.checking.engine import Engine
from local.checking.preparing import Preparing
from local.checking.speaking import hear, method_of
from local.cloud_settings import ROOT
from local.seeding import new_shared_secret

QUEUES = ("routing", "posting", "costing")
"""The workers that run; the others call somebody: a WMS, a buyer, the tax platform."""

OWNER, WMS = "CHECK", "CHECK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a file. `failed`: a worker failed, or the API did."""

    file: str
    status: int
    flag: str
    message: str
    effect: str
    stored: bool
    failed: bool = False


def files_of(folder: Path) -> list[Path]:
    """The messages in a folder, at any depth, by name."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and (path.suffix.lower() == ".xml" or "__" in path.name)
    )


def connection_of(wms: str) -> Connection:
    """A connection of that code, as plain as can be."""
    return Connection(
        code=wms,
        url="http://nobody.invalid/qimen",
        customer_id="check",
        app_key="check",
        secret="",
        owner=OWNER,
        sender=Contact(
            name="check",
            mobile="10000000000",
            province="浙江省",
            city="杭州市",
            district="",
            address="check",
        ),
    )


class Checking:
    """One OMS and one WMS that talks to it."""

    def __init__(self, connection: Connection, files: Sequence[Path], folder: Path) -> None:
        self._engine = Engine()
        self._files = files
        self._folder = folder
        self._secret = new_shared_secret()
        oms = self._engine.oms
        connecting = Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock)
        kept = connecting.connect(connection, secret=self._secret, callback_secret=self._secret)
        self._connection: Connection = kept
        self._engine.tables.taken()
        reset(oms)
        from app import app

        self._http: Any = Client(app, project_dir=str(ROOT)).http

    def prepare(self, *, told: Callable[[], object]) -> list[str]:
        """Makes what the messages speak of; what couldn't be made, and why."""
        messages = ((method_of(file), file.read_bytes()) for file in self._files)
        heard = hear(messages, self._connection)
        problems = Preparing(self._engine, self._connection).prepare(heard, told=told)
        self._work_off()
        self._engine.tables.taken()
        return problems

    def run(self) -> Iterator[Checked]:
        """Posts each file."""
        for file in self._files:
            yield self._checked(file)

    def _checked(self, file: Path) -> Checked:
        body, method = file.read_bytes(), method_of(file)
        self._engine.files.new.clear()
        # A function's metrics are lines on its standard output; here that is the answers' place.
        with redirect_stdout(io.StringIO()):
            answer = self._http.post(
                self._target(method, body), headers={"content-type": "text/xml"}, body=body
            )
        changes, failures = self._work_off()
        flag, code, text = _said(answer.body)
        told = [*failures, *effects(changes)]
        failed = bool(failures) or answer.status_code >= 500 or code in ("internal", "unavailable")
        return Checked(
            file=str(file.relative_to(self._folder)),
            status=answer.status_code,
            flag=flag,
            message=text if flag == "success" else f"{code}: {text}",
            effect="; ".join(told) or self._without_effect(changes),
            stored=self._is_stored(body),
            failed=failed,
        )

    def _target(self, method: str, body: bytes) -> str:
        connection = self._connection
        own = {
            "method": f"{connection.prefix}{method}",
            "timestamp": write_time(self._engine.oms.clock.now(), connection.spelling.zone),
            "format": "xml",
            "app_key": connection.callback_app_key or connection.app_key,
            "v": connection.version,
            "sign_method": connection.callback_sign_methods[0],
            "customerId": connection.callback_customer_id or connection.customer_id,
        }
        query = signed_query(own, body, secret=self._secret, rule=connection.spoken.sign)
        return f"/wms/{quote(connection.code)}/qimen?{urlencode(query)}"

    # --- the workers

    def _work_off(self) -> tuple[list[Change], list[str]]:
        """Hands events to their workers until there are none; every change since it was asked
        last, and what failed.
        """
        changed: dict[Key, Change] = {}
        failures: list[str] = []
        while True:
            taken = self._engine.tables.taken()
            for change in taken.changes:
                before = changed[change.key].before if change.key in changed else change.before
                changed[change.key] = Change(key=change.key, before=before, after=change.after)
            if not taken.events:
                return list(changed.values()), failures
            for event in taken.events:
                failures += self._handled(event)

    def _handled(self, event: Event) -> Iterator[str]:
        for queue, use in CONSUMERS.get(event.kind, {}).items():
            if queue not in QUEUES:
                continue
            try:
                use(self._engine.oms, event)
            except Exception as error:
                # As a worker does: it is said, and the rest goes on.
                yield f"FAILED {queue} {event.kind} {event.subject}: {type(error).__name__} {error}"

    # --- looking

    def _is_stored(self, body: bytes) -> bool:
        """The bytes are in the bucket, and a row says what became of them."""
        return any(self._engine.oms.messages.raw(each.id).body == body for each in self._logged())

    def _logged(self) -> Iterator[Message]:
        log = self._engine.oms.messages
        for key in self._engine.files.new:
            message_id = key.rpartition("/")[2]
            if key.startswith("messages/") and log.recorded([message_id]):
                yield log.message(message_id)

    def _without_effect(self, changes: Sequence[Change]) -> str:
        outcomes = [
            str((change.after or {}).get("outcome", ""))
            for change in changes
            if change.key.table == "messages"
        ]
        words = {
            "ACCEPTED": "accepted; nothing to change",
            "DUPLICATE": "none: a repeat",
            "HELD": "held for a person",
            "REFUSED": "none: refused",
            "UNVERIFIED": "none: not trusted",
        }
        return next((words[each] for each in outcomes if each in words), "none")


def _said(body: bytes) -> tuple[str, str, str]:
    """Flag, code and text of an answer; the body itself where it is no answer."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - what our own app answered
    except ElementTree.ParseError:
        return "", "", body[:200].decode("utf-8", "replace")
    found = {child.tag: child.text or "" for child in root}
    text = found.get("message", found.get("msg", ""))
    return found.get("flag", ""), found.get("code", ""), text


def as_json(checked: Checked) -> str:
    """One line."""
    names = ("file", "status", "flag", "message", "effect", "stored")
    return json.dumps({name: getattr(checked, name) for name in names}, ensure_ascii=False)
