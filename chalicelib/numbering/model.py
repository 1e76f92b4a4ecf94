"""The layout of numbers.

An order number has 19 decimal digits and fits a signed 64-bit integer until 2092: `YYMMDD` the day
its block was leased · 8 digits of a sequence, permuted so that the day's volume can't be read from
it · 4 digits `gene`, crc32 of the buyer mod 8192, so that a buyer's orders share a shard whatever
power of two the shards are · 1 check digit (Damm: catches every single error and every swap of
neighbours).

Other documents: a two-letter prefix, `YYMMDD`, 8 permuted digits, a check digit. Fulfilments add
`-01` … to their order's number.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass
from datetime import date

from chalicelib.kernel.errors import Malformed

SEQUENCE_SIZE = 10**8
GENES = 8192
_HALF = 10**4
_ROUNDS = 8
_ORDER = re.compile(r"\d{19}", re.ASCII)
_DOCUMENT = re.compile(r"[A-Z]{2}\d{15}", re.ASCII)

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNumber:
    """The parts of an order number; `sequence` is the permuted one."""

    day: date
    sequence: int
    gene: int


def gene(buyer: str) -> int:
    """0 … 8191, the same for the same buyer for ever."""
    return zlib.crc32(buyer.encode()) % GENES


def format_order(parts: OrderNumber) -> str:
    """The 19 digits."""
    digits = f"{parts.day:%y%m%d}{parts.sequence:08d}{parts.gene:04d}"
    return digits + str(check_digit(digits))


def parse_order(text: str) -> OrderNumber:
    """The inverse of `format_order`; `Malformed` for anything that isn't an order number."""
    if not _ORDER.fullmatch(text) or check_digit(text):
        raise Malformed("malformed_number", "not an order number: 19 digits with a check digit")
    return OrderNumber(day=_day(text[:6]), sequence=int(text[6:14]), gene=int(text[14:18]))


def format_document(prefix: str, day: date, sequence: int) -> str:
    """`RK261122123456785`: prefix, day, permuted sequence, check digit."""
    digits = f"{day:%y%m%d}{sequence:08d}"
    return f"{prefix}{digits}{check_digit(digits)}"


def parse_document(text: str) -> tuple[str, date, int]:
    """The inverse of `format_document`."""
    if not _DOCUMENT.fullmatch(text) or check_digit(text[2:]):
        raise Malformed("malformed_number", "not a document number of the OMS")
    return text[:2], _day(text[2:8]), int(text[8:16])


def is_of_our_form(text: str) -> bool:
    """Whether a text has the form of a number of ours, perhaps with a part's suffix (`-01`)."""
    head = text.partition("-")[0]
    return bool(_ORDER.fullmatch(head) or _DOCUMENT.fullmatch(head))


def _day(text: str) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as error:
        raise Malformed("malformed_number", "the number's day doesn't exist") from error


def check_digit(digits: str) -> int:
    """Damm's digit of a text of digits; of a text that ends with its right digit it is 0."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def permute(sequence: int, *, key: bytes) -> int:
    """A keyed permutation of 0 … 10^8 - 1: a balanced Feistel network over two halves of four
    digits.
    """
    left, right = divmod(sequence, _HALF)
    for step in range(_ROUNDS):
        left, right = right, (left + _round(right, step, key)) % _HALF
    return left * _HALF + right


def _round(half: int, step: int, key: bytes) -> int:
    mac = hmac.new(key, f"{step}:{half}".encode(), hashlib.sha256).digest()
    return int.from_bytes(mac[:8]) % _HALF
