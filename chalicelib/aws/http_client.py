"""`Http` with urllib3: one request, no retries, no redirects, certificates checked."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from chalicelib.kernel.http import HttpAnswer, NoAnswer, NotSent

CONNECT_SECONDS = 5.0
ANSWER_BYTES_MOST = 4_000_000


class PooledHttp:
    """Keeps connections to peers open between the calls of a warm container."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=16, retries=False)

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=timeout_seconds)
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            content = answer.read(ANSWER_BYTES_MOST + 1)
        except (NewConnectionError, NameResolutionError, ConnectTimeoutError) as error:
            raise NotSent(type(error).__name__) from error
        except HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        if len(content) > ANSWER_BYTES_MOST:
            # What is left unread would be taken for the next call's answer.
            answer.close()
            raise NoAnswer(f"an answer of more than {ANSWER_BYTES_MOST} bytes")
        answer.release_conn()
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(status=answer.status, headers=lower, body=content)
