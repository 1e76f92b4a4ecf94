"""The Qimen signature: over every decoded query parameter and the raw body, bound to a clock
window.

Every parameter but `sign`, sorted by name in code-point order, as name+value without separators,
then the body's exact bytes. `md5`: MD5 of secret + that + secret. `hmac` and `hmac-sha256`: HMAC
with the secret as key and nothing around. Upper-case hex. The receiver signs everything that
stands in the URL, parameters it doesn't know included; an empty one adds just its name (Qimen SDK,
`SpiUtils.checkSign`). A dialect says what it does otherwise in its `SignRule`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

from chalicelib.kernel.errors import Malformed, Unauthenticated
from chalicelib.warehouse.texts import CHINA_TIME, read_time

Query: TypeAlias = Sequence[tuple[str, str]]
"""The URL's parameters, decoded, in any order, repeated names kept."""

METHODS = ("md5", "hmac", "hmac-sha256")
"""The values of `sign_method`."""


class SignForm(StrEnum):
    """How the digest's bytes are written."""

    UPPER_HEX = "UPPER_HEX"
    LOWER_HEX = "LOWER_HEX"
    BASE64 = "BASE64"


class Covered(StrEnum):
    """What is signed. With BODY nothing proves the parameters, nor the method among them: whoever
    has seen one message can send it again under another name, as long as its clock window lasts.
    """

    QUERY_AND_BODY = "QUERY_AND_BODY"
    BODY = "BODY"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRule:
    """How a dialect signs. `before`, `after`: whether the secret stands there in an md5; an hmac
    has it as its key. `names`: Qimen's names of query parameters to theirs.

    `format`, `v` and `sign_method` may be named "": they aren't sent. A caller that names no
    sign_method uses the first one agreed on.
    """

    before: bool = True
    after: bool = True
    form: SignForm = SignForm.UPPER_HEX
    covered: Covered = Covered.QUERY_AND_BODY
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, ours: str) -> str:
        """Their name of a query parameter."""
        return self.names.get(ours, ours)


QIMEN_RULE = SignRule()


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
    rule: SignRule = QIMEN_RULE
    zone: tzinfo = CHINA_TIME


def sign(
    query: Query, body: bytes, *, secret: str, method: str, rule: SignRule = QIMEN_RULE
) -> str:
    """The signature of a message; `method` is one of `METHODS`."""
    text, key = _signed(query, rule) + body, secret.encode()
    if method == "md5":
        before, after = key if rule.before else b"", key if rule.after else b""
        # The protocol's own digest, old as it is: nothing else is on offer from most WMS.
        found = hashlib.md5(before + text + after, usedforsecurity=False).digest()
    else:
        digest = {"hmac": "md5", "hmac-sha256": "sha256"}[method]
        found = hmac.new(key, text, digest).digest()
    if rule.form is SignForm.BASE64:
        return base64.b64encode(found).decode()
    return found.hex().upper() if rule.form is SignForm.UPPER_HEX else found.hex()


def signed_query(
    own: Mapping[str, str], body: bytes, *, secret: str, rule: SignRule, given: Query = ()
) -> list[tuple[str, str]]:
    """The query of a message with its signature. `own` are the protocol's parameters by our names,
    with `sign_method`; `given` stood in the address already.
    """
    named = [(rule.name(name), value) for name, value in own.items() if rule.name(name)]
    query = [*given, *named]
    signature = sign(query, body, secret=secret, method=own["sign_method"], rule=rule)
    return [*query, (rule.name("sign"), signature)]


def _signed(query: Query, rule: SignRule) -> bytes:
    if rule.covered is Covered.BODY:
        return b""
    ordered = sorted((name, value) for name, value in query if name != rule.name("sign"))
    joined = "".join(name + value for name, value in ordered)
    # A lone surrogate can come out of a broken URL: it has to differ from any character.
    return joined.encode("utf-8", "surrogatepass")


def verify(query: Query, body: bytes, credentials: Credentials, *, now: datetime) -> None:
    """Returns when the message is the partner's and fresh; else a `Refused` that says why.

    Refusals: `repeated_parameter`, `missing_signature`, `unknown_app_key`, `unknown_customer`,
    `unknown_sign_method`, `wrong_signature`, `malformed_timestamp`, `stale_timestamp`.
    """
    parameters, rule = single_values(query), credentials.rule
    given = parameters.get(rule.name("sign"), "")
    if not given:
        named = rule.name("sign")
        raise Unauthenticated("missing_signature", f"the parameter {named} is missing", field=named)
    _check_names(parameters, credentials)
    method = _sign_method(parameters, credentials)
    if not _matches(given, query, body, method=method, credentials=credentials):
        raise Unauthenticated(
            "wrong_signature",
            "sign doesn't match the parameters and the body's bytes",
            field=rule.name("sign"),
        )
    _check_clock(parameters, credentials, now)


def single_values(query: Query) -> Mapping[str, str]:
    """The parameters by name; a name given twice is refused, since peers would read either one."""
    parameters = dict(query)
    if len(parameters) != len(query):
        raise Malformed("repeated_parameter", "a query parameter stands twice")
    return parameters


def _check_names(parameters: Mapping[str, str], credentials: Credentials) -> None:
    app_key, customer = credentials.rule.name("app_key"), credentials.rule.name("customerId")
    if parameters.get(app_key, "") != credentials.app_key:
        raise Unauthenticated("unknown_app_key", f"{app_key} is not this partner's", field=app_key)
    if parameters.get(customer, "") != credentials.customer_id:
        raise Unauthenticated(
            "unknown_customer",
            f"{customer} is missing or not this partner's (its case matters)",
            field=customer,
        )


def _sign_method(parameters: Mapping[str, str], credentials: Credentials) -> str:
    named = credentials.rule.name("sign_method")
    if not named:
        return credentials.sign_methods[0]
    method = parameters.get(named, "")
    if method not in credentials.sign_methods:
        raise Unauthenticated(
            "unknown_sign_method",
            f"{named} is one of {', '.join(credentials.sign_methods)}",
            field=named,
        )
    return method


def _matches(
    given: str, query: Query, body: bytes, /, *, method: str, credentials: Credentials
) -> bool:
    """Compares with every valid secret in constant time, always with all of them."""
    found = False
    for secret in credentials.secrets:
        expected = sign(query, body, secret=secret, method=method, rule=credentials.rule)
        found |= hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
    return found


def _check_clock(parameters: Mapping[str, str], credentials: Credentials, now: datetime) -> None:
    named, seconds = credentials.rule.name("timestamp"), credentials.window_seconds
    moment = read_time(parameters.get(named, ""), credentials.zone)
    zone = "China time (GMT+8)" if credentials.zone == CHINA_TIME else str(credentials.zone)
    if moment is None:
        raise Unauthenticated(
            "malformed_timestamp", f"{named} is yyyy-MM-dd HH:mm:ss in {zone}", field=named
        )
    if abs(now - moment) > timedelta(seconds=seconds):
        raise Unauthenticated(
            "stale_timestamp",
            f"{named} is more than {seconds} seconds off; it is {zone}",
            field=named,
        )
