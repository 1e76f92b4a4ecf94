"""A clock that stands still until it is moved, and ids that count."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.ids import id_prefix
from chalicelib.kernel.sealing import Sealed


class SettableClock:
    """Stands at a moment; `forward` moves it."""

    def __init__(self, moment: datetime = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def forward(self, **amount: float) -> None:
        self.moment += timedelta(**amount)


class CountingIds:
    """`20261122T013000000-000000000001` and so on."""

    def __init__(self) -> None:
        self.count = 0

    def new(self, moment: datetime) -> str:
        self.count += 1
        return f"{id_prefix(moment)}-{self.count:012d}"


class PlainKey:
    """Seals by reversible encoding that still refuses another subject."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def seal(self, subject: str, plain: bytes) -> Sealed:
        under = "" if self._owner == subject else self._owner
        data = base64.b64encode(plain).decode()
        return Sealed(key=self._owner, nonce=subject, data=data, under=under)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        if sealed.nonce != subject:
            raise ValueError("sealed for another subject")
        return base64.b64decode(sealed.data)


class PlainSealer:
    """`Sealer` of `PlainKey`s."""

    def seal(self, subject: str, plain: bytes) -> Sealed:
        return self.new_key(subject).seal(subject, plain)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        return self.key_of(subject, sealed).open(subject, sealed)

    def new_key(self, subject: str) -> PlainKey:
        return PlainKey(subject)

    def key_of(self, subject: str, sealed: Sealed) -> PlainKey:
        if sealed.key != (sealed.under or subject):
            raise ValueError("sealed for another subject")
        return PlainKey(sealed.key)


class ScriptedHttp:
    """Answers from a list; keeps what was sent. An exception in the list is raised."""

    def __init__(self, *answers: HttpAnswer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, bytes, dict[str, str]]] = []

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        self.sent.append((method, url, body, dict(headers)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
