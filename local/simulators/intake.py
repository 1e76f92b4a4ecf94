"""How every simulator takes a request: kept first, then done and answered, or misbehaved about as
ordered (`behaviour`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from local.simulators.application import Request, Response
from local.simulators.behaviour import Behaviour, Behaviours
from local.simulators.store import Message, Store

Answer: TypeAlias = tuple[str, Response]
"""The outcome, for the list of messages, and what is said."""


class Intake:
    """Takes the requests of a simulator's peers."""

    def __init__(self, store: Store, behaviours: Behaviours) -> None:
        self._store = store
        self._behaviours = behaviours

    def take(
        self,
        request: Request,
        *,
        peer: str,
        method: str,
        codes: tuple[str, ...],
        answer: Callable[[], Answer],
        failure: Callable[[Behaviour], Answer],
    ) -> Response:
        """`answer` does what is asked and answers it, both in one transaction; `failure` words the
        protocol's own failure. The behaviour, if any, stands in the message's note.
        """
        number = self._store.record(
            Message(
                direction="in",
                peer=peer,
                method=method,
                codes=codes,
                verb=request.verb,
                url=f"{request.path}?{request.raw_query}".rstrip("?"),
                headers=request.headers,
                body=request.body,
            )
        )
        behaviour = self._behaviours.take(peer, method, codes)
        mode = behaviour.mode if behaviour else ""
        if mode:
            # What stays without an answer has at least this outcome.
            self._store.answered(number, None, outcome=mode)

        def said(answering: Callable[[], Answer]) -> Response:
            with self._store.transaction():
                outcome, response = answering()
                self._store.answered(number, response, outcome=outcome, note=mode)
            return response

        return self._behaviours.apply(
            behaviour, lambda: said(answer), lambda ordered: said(lambda: failure(ordered))
        )
