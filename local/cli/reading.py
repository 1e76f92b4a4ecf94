"""Documents that people hand in as JSON files."""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import to_item

Document = TypeVar("Document")

JsonFile = Annotated[str, typer.Argument(metavar="FILE.json|-", help="A file; `-` is stdin.")]

MOST_BYTES = 1_048_576
"""Of one document, as the API takes them; a device that never ends is no document either."""


def read_object(file: str) -> dict[str, Any]:
    """The JSON object in a file. A file that holds none is wrong usage, whatever else it holds."""
    try:
        value = json.loads(_text(file), object_pairs_hook=_object, parse_constant=_refuse_constant)
        # Halves of signs can be written in JSON, and nowhere else.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise typer.BadParameter(f"{file} is nested too deeply") from None
    except ValueError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{file} is not a JSON object")
    return value


def _text(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise typer.BadParameter(f"{file} is larger than {MOST_BYTES:,} bytes")
    try:
        # Some editors put a byte order mark before UTF-8.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not a text in UTF-8") from None


def _object(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(fields)
    if len(found) < len(fields):
        names = [name for name, _ in fields]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands in it twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def as_document(value: dict[str, Any], kind: type[Document]) -> Document:
    """The dataclass that an object describes; `Malformed` names a field that is unknown, missing
    or of a wrong type, however deep it stands.
    """
    _refuse_incomplete(value, kind)
    try:
        document = msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        field = place.strip("`").removeprefix("$.") or None
        raise Malformed("malformed_field", sentence, field=field) from error
    _refuse_unknown(value, to_item(document), "")
    return document


def _refuse_incomplete(value: dict[str, Any], kind: type[Any]) -> None:
    """All fields that are missing, and all that are none, are named at once: who writes the file
    for the first time doesn't want to find them one by one.
    """
    known = fields(kind)
    missing = [
        each.name
        for each in known
        if each.default is MISSING and each.default_factory is MISSING and each.name not in value
    ]
    unknown = sorted(value.keys() - {each.name for each in known})
    if missing:
        also = f"; there is no such field: {', '.join(unknown)}" if unknown else ""
        raise Malformed("missing_field", f"missing: {', '.join(missing)}{also}", field=missing[0])
    if unknown:
        text = f"there is no such field: {', '.join(unknown)}"
        raise Malformed("unknown_field", text, field=unknown[0])


def _refuse_unknown(given: Any, taken: Any, place: str) -> None:
    """Everything that was given has to have been taken: a misspelt field is no field."""
    if isinstance(given, dict) and isinstance(taken, dict):
        for name, inner in given.items():
            if name not in taken:
                raise Malformed("unknown_field", "there is no such field", field=place + name)
            _refuse_unknown(inner, taken[name], f"{place}{name}.")
    elif isinstance(given, list) and isinstance(taken, list | tuple):
        for at, (inner, kept) in enumerate(zip(given, taken, strict=True)):
            _refuse_unknown(inner, kept, f"{place.rstrip('.')}[{at}].")
