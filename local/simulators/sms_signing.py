"""How the SMS provider knows who calls: ACS3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import quote

from local.simulators.application import Request

SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce")
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;\-]+),Signature=([0-9a-f]{64})"
)


class Fault(Exception):
    """The request is answered with this status, code and text."""

    def __init__(self, code: str, text: str, *, status: int = 200) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status


def check_signature(request: Request, *, key: str, secret: str) -> None:
    """Faults unless the call is signed with the key over everything that has to be signed."""
    headers = request.headers
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise Fault("IncompleteSignature", "no ACS3-HMAC-SHA256 authorization", status=400)
    given_key, names, given = found.group(1), sorted(found.group(2).split(";")), found.group(3)
    if given_key != key:
        raise Fault("InvalidAccessKeyId.NotFound", "unknown access key", status=404)
    if any(name not in names for name in SIGNED) or any(name not in headers for name in names):
        raise Fault("IncompleteSignature", "a header isn't signed", status=400)
    content = hashlib.sha256(request.body).hexdigest()
    if headers["x-acs-content-sha256"] != content:
        raise Fault("SignatureDoesNotMatch", "the content's digest is another", status=400)
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(request.query))
    lines = [request.verb, request.path, query]
    lines += [f"{name}:{headers[name].strip()}" for name in names]
    lines += ["", ";".join(names), content]
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, given):
        raise Fault("SignatureDoesNotMatch", "the signature is another", status=400)


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
