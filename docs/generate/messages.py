"""`docs/wms-messages.md`: every message with its document, codec, handler and test, from the code.

Who handles a message isn't written down anywhere: it is looked up in the syntax trees of the slice.
Up, it is what the document that was read is handed to; down, the class that writes the document.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.codes import CARRIERS, LISTS, PLATFORMS
from chalicelib.warehouse.messagetype import Codec, Direction, MessageType
from docs.generate.tables import table

_ROOT = Path(__file__).resolve().parent.parent.parent
_SLICE = _ROOT / "chalicelib/warehouse"
_TESTS = _ROOT / "tests/warehouse/codec"
_NO_HANDLER = "codec only"
_ABOUT_TYPES = frozenset({"catalogue.py", "messagetype.py"})

_HEAD = """# The messages of the Qimen protocol

Made from the code by `make docs`; don't edit it. docs/wms.md says how a warehouse system is
connected and what is sent and taken today.

A document is a plain type in `chalicelib/warehouse/documents`, a codec a function in
`chalicelib/warehouse/codec` that writes or reads it. "Codec only": the message can be written or
read, and no use case does so yet. "Not verified" names what of the structure isn't known from a
document or client library of the protocol; what arrives beyond what is read is kept as text.
"""

_CODES = """## Codes

The lists are open: a code that isn't here is kept as text and is no reason to refuse a message.
"""


@dataclass(frozen=True, slots=True)
class _Use:
    """A function of the codec that is called: by its whole name, in which class, inside what."""

    function: str
    user: str
    receiver: str


def messages_document() -> str:
    """The whole file."""
    uses, tested = _handlers(), _tests()
    parts = [_HEAD]
    for direction in Direction:
        rows = [
            _row(each, uses, tested) for each in CATALOGUE.values() if each.direction is direction
        ]
        parts.append(f"## {str(direction).replace(' to ', ' → ')}\n")
        parts.append(table(("method", "document", "codec", "handler", "test", "remark"), rows))
    parts.append(_CODES)
    for each in LISTS:
        parts.append(f"**{each.__name__}**: {_first(each.__doc__)}\n")
        parts.append(", ".join(f"`{code.value}` {code.meaning}" for code in each) + "\n")
    for title, names in (("logisticsCode", CARRIERS), ("sourcePlatformCode", PLATFORMS)):
        parts.append(f"**{title}**\n")
        parts.append(", ".join(f"`{code}` {name}" for code, name in names.items()) + "\n")
    return "\n".join(parts)


def untested() -> list[str]:
    """The methods whose request no test of the codec writes or reads."""
    tested = _tests()
    return [each.method for each in CATALOGUE.values() if _name(each.request) not in tested]


def _row(message: MessageType, uses: Iterable[_Use], tested: Mapping[str, str]) -> tuple[str, ...]:
    request = _name(message.request)
    handlers = {
        (use.receiver or use.user) if message.direction is Direction.UP else use.user
        for use in uses
        if use.function == request
    }
    remark = message.note if message.verified else f"not verified: {message.note}"
    test = tested.get(request, "")
    return (
        f"`{message.method}`",
        f"`{message.document.__name__}`",
        f"`{request.removeprefix('chalicelib.warehouse.codec.')}`",
        ", ".join(f"`{each}`" for each in sorted(handlers)) or _NO_HANDLER,
        f"`{test}`" if test else "",
        remark,
    )


def _handlers() -> list[_Use]:
    """The codec's functions as the slice's use cases call them."""
    paths = [*_SLICE.glob("*.py"), *_SLICE.glob("jobs/*.py")]
    return [
        use
        for path in sorted(paths)
        if path.name not in _ABOUT_TYPES
        for use in _uses(ast.parse(path.read_text()))
    ]


def _tests() -> dict[str, str]:
    """The test file of each function of the codec that a test calls; the first, by name."""
    found: dict[str, str] = {}
    for path in sorted(_TESTS.rglob("test_*.py")):
        for use in _uses(ast.parse(path.read_text())):
            found.setdefault(use.function, str(path.relative_to(_ROOT)))
    return found


def _uses(tree: ast.Module) -> Iterator[_Use]:
    imported = _imported(tree)
    for top in tree.body:
        receivers = {
            id(argument): ast.unparse(call.func)
            for call in ast.walk(top)
            if isinstance(call, ast.Call)
            for argument in call.args
        }
        for node in ast.walk(top):
            if isinstance(node, (ast.Name, ast.Attribute)):
                first, _, rest = ast.unparse(node).partition(".")
                if first in imported:
                    name = ".".join(filter(None, (imported[first], rest)))
                    yield _Use(name, getattr(top, "name", ""), _receiver(node, receivers, top))


def _receiver(node: ast.expr, receivers: Mapping[int, str], top: ast.stmt) -> str:
    """What the result of calling this function is handed to, "" where it isn't."""
    for call in ast.walk(top):
        if isinstance(call, ast.Call) and call.func is node:
            return receivers.get(id(call), "")
    return ""


def _imported(tree: ast.Module) -> dict[str, str]:
    """What a name of the module stands for, by its whole name."""
    return {
        alias.asname or alias.name: f"{statement.module}.{alias.name}"
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def _name(function: Codec) -> str:
    return f"{function.__module__}.{function.__name__}"


def _first(text: str | None) -> str:
    return (text or "").partition("\n\n")[0].replace("\n    ", " ")
