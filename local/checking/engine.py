"""A whole OMS in this process: its services on tables, a bucket and secrets in memory.

Nothing leaves the process, so nothing is encrypted; nobody is called. `Rehearsal` over no tables
checks conditions as DynamoDB does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from chalicelib.aws.settings import QUEUES, TABLES, read_settings
from chalicelib.bootstrap import Container
from chalicelib.bootstrap.rehearsing import NobodyIsCalled
from chalicelib.kernel.rehearsal import Rehearsal
from chalicelib.kernel.sealing import Sealed, SealingKey
from chalicelib.numbering.service import Numbers

_NOT_CALLED = "http://nobody.invalid"


class Engine:
    """The container, and the parts of it that a check looks into."""

    def __init__(self) -> None:
        self.tables = Rehearsal()
        self.files = MemoryFiles()
        self.oms = Container(read_settings(_environment()), http=NobodyIsCalled())
        self.oms.tables = self.tables
        self.oms.files = self.files
        self.oms.sealer = PlainSealer()
        self.oms.secrets = MemorySecrets()
        self.numbers = ChosenNumbers(
            items=self.tables,
            transaction=self.tables,
            clock=self.oms.clock,
            key=lambda: b"a check's numbers need no secret",
        )
        self.oms.numbers = self.numbers


class ChosenNumbers(Numbers):
    """Numbers as ever, but for a document that the messages have named already."""

    _number = ""
    _others = 0

    def choose(self, number: str, *, after: int = 0) -> None:
        """The number that the next document gets, or the one `after` so many others."""
        self._number, self._others = number, after

    def order_number(self, buyer: str) -> str:
        return self._chosen() or super().order_number(buyer)

    def document_number(self, prefix: str) -> str:
        return self._chosen() or super().document_number(prefix)

    def _chosen(self) -> str:
        """The number chosen, once, when its turn has come."""
        if self._others:
            self._others -= 1
            return ""
        chosen, self._number = self._number, ""
        return chosen


class PlainKey:
    """Seals nothing: see the module."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def seal(self, subject: str, plain: bytes) -> Sealed:
        under = "" if self._owner == subject else self._owner
        data = base64.b64encode(plain).decode()
        return Sealed(key=self._owner, nonce=subject, data=data, under=under)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        return base64.b64decode(sealed.data)


class PlainSealer:
    """`Sealer` of `PlainKey`s."""

    def seal(self, subject: str, plain: bytes) -> Sealed:
        return PlainKey(subject).seal(subject, plain)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        return self.key_of(subject, sealed).open(subject, sealed)

    def new_key(self, subject: str) -> SealingKey:
        return PlainKey(subject)

    def key_of(self, subject: str, sealed: Sealed) -> SealingKey:
        return PlainKey(sealed.key)


class MemoryFiles:
    """The bucket. `new` are the keys put since it was emptied last."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self.new: list[str] = []

    def put(self, key: str, body: bytes) -> None:
        self._objects[key] = body
        self.new.append(key)

    def get(self, key: str) -> bytes | None:
        return self._objects.get(key)

    def put_sealed(self, key: str, body: bytes, *, under: SealingKey | None = None) -> SealingKey:
        self.put(key, body)
        return under or PlainKey(key)

    def get_sealed(self, key: str) -> bytes | None:
        return self.get(key)

    def mark_unverified(self, key: str) -> None:
        return

    def names(self, prefix: str, *, after: str = "") -> Iterator[str]:
        return (key for key in sorted(self._objects) if key.startswith(prefix) and key > after)


class MemorySecrets:
    """Secrets by name."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def current(self, name: str) -> tuple[str, ...]:
        return (self._values[name],) if name in self._values else ()

    def put(self, name: str, text: str) -> None:
        self._values[name] = text

    def ensure(self, name: str, new: Callable[[], str]) -> tuple[str, bool]:
        created = name not in self._values
        if created:
            self._values[name] = new()
        return self._values[name], created


def _environment() -> dict[str, str]:
    names = (
        *("RAW_BUCKET", "DATA_KEY", "SECRETS_PREFIX"),
        *("TAX_APP_KEY", "TAX_CLERK", "TAX_TELEPHONE", "TAX_ADDRESS"),
        *("SMS_KEY_ID", "SMS_SIGN_NAME"),
    )
    return {
        "OMS_STAGE": "check",
        "AWS_REGION": "nowhere",
        **{f"OMS_{name}": "check" for name in names},
        **{f"OMS_{name}_URL": _NOT_CALLED for name in ("TAX", "SMS", "UPSTREAM")},
        **{f"OMS_TABLE_{name.upper()}": name for name in TABLES},
        **{f"OMS_QUEUE_{name.upper()}_URL": _NOT_CALLED for name in QUEUES},
    }
