"""Documents that people hand in as JSON files."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from chalicelib.kernel.errors import Malformed

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


def as_document(value: dict[str, Any], kind: type[Any]) -> Any:
    """The dataclass that an object describes; `Malformed` names a field that is unknown, missing
    or of a wrong type.
    """
    known = {field.name for field in fields(kind)}
    for name in value:
        if name not in known:
            raise Malformed("unknown_field", "there is no such field", field=name)
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at ")
        raise Malformed(
            "malformed_field", sentence, field=place.strip("`").removeprefix("$.") or None
        ) from error
