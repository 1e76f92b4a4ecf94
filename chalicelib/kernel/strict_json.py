"""Reading JSON of other systems strictly: exact types, no unknown fields, every complaint with its
field.

What can't be read is `Malformed`; what can be read but can't be is `Refused`. Fields are named as
in the body: `skus[3].weight_grams`.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.ids import is_code

Shape = TypeVar("Shape", bound=msgspec.Struct)

MOST_TEXT = 200

_PLACE = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_FIELD = re.compile(r"^Object (contains unknown|missing required) field `(.*)`$", re.DOTALL)
_NO_NAME = re.compile(r"[^\w.\-]")
# XML 1.0 has no way to write these, and every text here is to be written into XML one day.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_json(body: bytes, shape: type[Shape]) -> Shape:
    """The body as the shape says, which forbids unknown fields; `Malformed` names the field."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as wrong:
        raise _malformed(str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("malformed_json", "the body isn't JSON in UTF-8") from None


def _malformed(complaint: str) -> Malformed:
    """From msgspec's sentence, which names types and places and repeats no values."""
    found = _PLACE.search(complaint)
    place = found.group(1) if found else ""
    said = complaint[: found.start()] if found else complaint
    named = _FIELD.match(said)
    if named is None:
        return Malformed("malformed_field", said, field=place or None)
    # An unknown name is the caller's text: it may hold anything, so it is cut and cleaned.
    name = _NO_NAME.sub("?", named.group(2))[:50]
    field = f"{place}.{name}" if place else name
    if named.group(1) == "missing required":
        return Malformed("missing_field", "this field has to be there", field=field)
    return Malformed("unknown_field", "there is no such field", field=field)


def check_code(text: str, *, field: str) -> None:
    """A code of ours: shop, warehouse, SKU, supplier, owner."""
    if not is_code(text):
        raise Refused("malformed_code", "1-50 letters, digits, `_`, `-` and `.`", field=field)


def check_text(text: str, *, field: str, least: int = 0, most: int = MOST_TEXT) -> None:
    """`least` to `most` signs, none of them a control sign."""
    if not least <= len(text) <= most:
        raise Refused("text_length", f"{least} to {most} signs", field=field)
    if _UNWRITABLE.search(text):
        raise Malformed("unwritable_text", "a text without control signs", field=field)
    if least and not text.strip():
        raise Refused("text_length", "a text that isn't blank", field=field)


def check_range(number: int, *, field: str, least: int, most: int) -> None:
    """From `least` to `most`, both included."""
    if not least <= number <= most:
        raise Refused("out_of_range", f"a whole number from {least} to {most}", field=field)


def check_count(count: int, *, field: str, most: int) -> None:
    """At least one and not more than a request may carry."""
    if not 1 <= count <= most:
        raise Refused("too_many_or_none", f"1 to {most} in one request", field=field)
