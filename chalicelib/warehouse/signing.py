"""The Qimen signature: over every decoded query parameter and the raw body, bound to a clock
window.

Every parameter but `sign`, sorted by name in code-point order, as name+value without separators,
then the body's exact bytes. `md5`: MD5 of secret + that + secret. `hmac` and `hmac-sha256`: HMAC
with the secret as key and nothing around. Upper-case hex. The receiver signs everything that
stands in the URL, parameters it doesn't know included; an empty one adds just its name (Qimen SDK,
`SpiUtils.checkSign`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from chalicelib.kernel.errors import Malformed, Unauthenticated
from chalicelib.warehouse.texts import read_time

Query: TypeAlias = Sequence[tuple[str, str]]
"""The URL's parameters, decoded, in any order, repeated names kept."""

METHODS = ("md5", "hmac", "hmac-sha256")
"""The values of `sign_method`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Whom a caller has to be, and the secrets that are valid now: two while one is being
    changed.
    """

    app_key: str
    customer_id: str
    secrets: tuple[str, ...]
    window_seconds: int = 600
    sign_methods: tuple[str, ...] = METHODS


def sign(query: Query, body: bytes, *, secret: str, method: str) -> str:
    """The signature of a message; `method` is one of `METHODS`."""
    ordered = sorted((name, value) for name, value in query if name != "sign")
    joined = "".join(name + value for name, value in ordered)
    # A lone surrogate can come out of a broken URL: it has to differ from any character.
    text = joined.encode("utf-8", "surrogatepass") + body
    key = secret.encode()
    if method == "md5":
        # The protocol's own digest, old as it is: nothing else is on offer from most WMS.
        return hashlib.md5(key + text + key, usedforsecurity=False).hexdigest().upper()
    digest = {"hmac": "md5", "hmac-sha256": "sha256"}[method]
    return hmac.new(key, text, digest).hexdigest().upper()


def verify(query: Query, body: bytes, credentials: Credentials, *, now: datetime) -> None:
    """Returns when the message is the partner's and fresh; else a `Refused` that says why.

    Refusals: `repeated_parameter`, `missing_signature`, `unknown_app_key`, `unknown_customer`,
    `unknown_sign_method`, `wrong_signature`, `malformed_timestamp`, `stale_timestamp`.
    """
    parameters = single_values(query)
    given = parameters.get("sign", "")
    if not given:
        raise Unauthenticated("missing_signature", "the parameter sign is missing", field="sign")
    _check_names(parameters, credentials)
    method = parameters.get("sign_method", "")
    if method not in credentials.sign_methods:
        raise Unauthenticated(
            "unknown_sign_method",
            f"sign_method is one of {', '.join(credentials.sign_methods)}",
            field="sign_method",
        )
    if not _matches(given, query, body, method=method, secrets=credentials.secrets):
        raise Unauthenticated(
            "wrong_signature",
            "sign doesn't match the parameters and the body's bytes",
            field="sign",
        )
    _check_clock(parameters.get("timestamp", ""), credentials.window_seconds, now)


def single_values(query: Query) -> Mapping[str, str]:
    """The parameters by name; a name given twice is refused, since peers would read either one."""
    parameters = dict(query)
    if len(parameters) != len(query):
        raise Malformed("repeated_parameter", "a query parameter stands twice")
    return parameters


def _check_names(parameters: Mapping[str, str], credentials: Credentials) -> None:
    if parameters.get("app_key", "") != credentials.app_key:
        raise Unauthenticated("unknown_app_key", "app_key is not this partner's", field="app_key")
    if parameters.get("customerId", "") != credentials.customer_id:
        raise Unauthenticated(
            "unknown_customer",
            "customerId is missing or not this partner's (its case matters)",
            field="customerId",
        )


def _matches(
    given: str, query: Query, body: bytes, /, *, method: str, secrets: tuple[str, ...]
) -> bool:
    """Compares with every valid secret in constant time, always with all of them."""
    found = False
    for secret in secrets:
        expected = sign(query, body, secret=secret, method=method)
        found |= hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
    return found


def _check_clock(text: str, window_seconds: int, now: datetime) -> None:
    moment = read_time(text)
    if moment is None:
        raise Unauthenticated(
            "malformed_timestamp",
            "timestamp is yyyy-MM-dd HH:mm:ss in China time (GMT+8)",
            field="timestamp",
        )
    if abs(now - moment) > timedelta(seconds=window_seconds):
        raise Unauthenticated(
            "stale_timestamp",
            f"timestamp is more than {window_seconds} seconds off; it is China time (GMT+8)",
            field="timestamp",
        )
