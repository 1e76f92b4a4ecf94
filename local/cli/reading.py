"""Documents that people hand in as JSON files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import to_item

Document = TypeVar("Document")

JsonFile = Annotated[str, typer.Argument(metavar="FILE.json|-", help="A file; `-` is stdin.")]


def read_object(file: str) -> dict[str, Any]:
    """The JSON object in a file; `Malformed` for anything else."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}") from error
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Malformed("malformed_json", f"{file} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Malformed("malformed_json", f"{file} is not a JSON object")
    return value


def as_document(value: dict[str, Any], kind: type[Document]) -> Document:
    """The dataclass that an object describes; `Malformed` names a field that is unknown, missing
    or of a wrong type, however deep it stands.
    """
    try:
        document = msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        field = place.strip("`").removeprefix("$.") or None
        raise Malformed("malformed_field", sentence, field=field) from error
    _refuse_unknown(value, to_item(document), "")
    return document


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
