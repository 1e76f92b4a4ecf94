"""Every outside call of the code under test, announced before it is made and after it took effect.

AWS requests are caught by two botocore `before-send` handlers, one before and one behind moto's
own, which takes the request in between. Without moto (an emulator over HTTP) the second handler
sends the request itself, so that "after" means the same thing. Calls to peers are caught by
`WatchedHttp` round the port `Http`.

The handlers only reach sessions that are made after `install`, so `tests/conftest.py` installs them
first. An error must be raised, never answered: botocore asks every handler before it takes the
first answer, so moto would carry out a request that was answered with an error before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import botocore.handlers
from botocore.httpsession import URLLib3Session
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff
from moto.core.models import botocore_stubber

from chalicelib.kernel.http import Http, HttpAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that is about to go out or has been answered.

    `name` is `dynamodb.TransactWriteItems` or `POST /router/qimen`. `invocation` is the same for
    all attempts that the SDK makes of one AWS call, and empty for a peer.
    """

    to: Literal["aws", "peer"]
    name: str
    url: str
    invocation: str = ""


class Listener(Protocol):
    """Hears of every call; what it raises is what the code under test gets to feel."""

    def before(self, call: Call) -> None:
        """The call has no effect yet."""
        ...

    def after(self, call: Call) -> None:
        """The call took effect; its answer hasn't been seen yet."""
        ...


_listening: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Sends every outside call of every thread by this listener; one at a time."""
    if _listening:
        raise RuntimeError("somebody is listening already")
    _listening.append(listener)
    try:
        yield
    finally:
        _listening.clear()


def before(call: Call) -> None:
    """Announces a call that is about to be made."""
    for listener in tuple(_listening):
        listener.before(call)


def after(call: Call) -> None:
    """Announces that a call took effect."""
    for listener in tuple(_listening):
        listener.after(call)


class WatchedHttp:
    """`Http` that announces its calls; wrap it round the peers of a scenario."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        call = Call(to="peer", name=f"{method} {urlsplit(url).path}", url=url)
        before(call)
        answer = self._inner.send(
            method, url, body=body, headers=headers, timeout_seconds=timeout_seconds
        )
        after(call)
        return answer


def install() -> None:
    """Hooks into every botocore session made from now on; a second call changes nothing."""
    handlers: list[Any] = botocore.handlers.BUILTIN_HANDLERS
    if any(entry[1] is _before_send for entry in handlers):
        return
    handlers.insert(0, ("before-send", _before_send, botocore.handlers.REGISTER_FIRST))
    # moto appended its own when it was imported above, so this one runs behind it.
    handlers.append(("before-send", _after_send))
    _retry_without_waiting()


def _before_send(request: Any, event_name: str, **_: Any) -> None:
    if _listening:
        before(_call_of(request, event_name))


def _after_send(request: Any, event_name: str, **_: Any) -> Any:
    if not _listening:
        return None
    answer = None if botocore_stubber.enabled else _session().send(request)
    after(_call_of(request, event_name))
    return answer


def _call_of(request: Any, event_name: str) -> Call:
    invocation = request.headers.get("amz-sdk-invocation-id", "")
    return Call(
        to="aws",
        name=event_name.removeprefix("before-send."),
        url=request.url,
        invocation=invocation.decode() if isinstance(invocation, bytes) else str(invocation),
    )


_sessions: list[URLLib3Session] = []


def _session() -> URLLib3Session:
    if not _sessions:
        _sessions.append(URLLib3Session())
    return _sessions[0]


def _retry_without_waiting() -> None:
    """Takes the waiting and the quota out of the SDK's retries, for the whole test run.

    Thousands of runs share one client: waiting would make them slow, and a quota that earlier runs
    have used up would make later ones behave differently.
    """
    for owner, name, replacement in (
        (ExponentialBackoff, "delay_amount", lambda self, context: 0.0),
        (RetryQuota, "acquire", lambda self, capacity_amount: True),
    ):
        if not hasattr(owner, name):
            raise AttributeError(f"botocore has no {owner.__name__}.{name} any more")
        setattr(owner, name, replacement)
