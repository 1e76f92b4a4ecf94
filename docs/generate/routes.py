"""The API's routes as they are declared: from the Chalice app, and from the source of its views.

Roles, query parameters, fields and statuses aren't said twice in the code, so they are read where
they are used: the calls of `needs`, `parameter`, `text_of`, `take` and `json_answer`, in a view and
in the functions of its module that it names.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import FunctionType
from typing import Any

from chalice.app import RouteEntry

from chalicelib.bootstrap import documents, movement_documents
from chalicelib.bootstrap.documents import DOCUMENTS
from chalicelib.bootstrap.intake import Document

_OF_DOCUMENTS = (documents.__name__, movement_documents.__name__)
"""Where what signed documents do is written."""


class Admission(StrEnum):
    """How a caller proves to be one that may call."""

    BEARER = "bearer token"
    SIGNED = "signed by a client"
    WMS = "signed by a WMS"
    NOBODY_CHECKS = "NOBODY CHECKS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter. `needed` whatever else is given."""

    name: str
    needed: bool


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    view: FunctionType
    roles: tuple[str, ...]
    authorizer: str | None
    path_parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        """The view's name, which is the operation's id."""
        return self.view.__name__

    @property
    def group(self) -> str:
        """The module that the view stands in, as words."""
        return self.view.__module__.rpartition(".")[2].replace("_", " ")

    @property
    def text(self) -> str:
        """What the view's docstring says, in one line a paragraph."""
        paragraphs = inspect.cleandoc(self.view.__doc__ or "").split("\n\n")
        return "\n\n".join(" ".join(each.split()) for each in paragraphs)

    @property
    def admission(self) -> Admission:
        """How callers are checked; a view that checks nobody says so."""
        if self.authorizer and self.roles:
            return Admission.BEARER
        names = {_called(call) for call in _calls(self._own)}
        if "take" in names:
            return Admission.SIGNED
        # `callbacks.receive` is where the WMS's signature is checked.
        return Admission.WMS if "receive" in names else Admission.NOBODY_CHECKS

    @property
    def client_kind(self) -> str:
        """Which kind of client signs ("" where none does)."""
        if self._document is None:
            return ""
        kind = self._document.kind
        kinds = kind if isinstance(kind, tuple) else (kind,)
        return " or ".join(each.value.lower() for each in kinds)

    @cached_property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of answers that aren't refusals."""
        found: set[int] = set()
        for call in self._all_calls():
            if _called(call) == "json_answer" and call.args:
                found |= _numbers(call.args[0])
            for keyword in call.keywords:
                if keyword.arg == "status_code" or (
                    keyword.arg == "status" and _called(call) == "Taken"
                ):
                    found |= _numbers(keyword.value)
        return tuple(sorted(each for each in found if each < 400))

    @cached_property
    def query(self) -> tuple[Parameter, ...]:
        """The query parameters, in the order of the source."""
        found: dict[str, Parameter] = {}
        always = set(_unconditional_calls(self._own))
        for call in self._all_calls():
            if _called(call) == "parameter":
                name = ast.literal_eval(call.args[1])
                optional = any(keyword.arg == "default" for keyword in call.keywords)
                needed = not optional and call in always
                found.setdefault(name, Parameter(name=name, needed=needed))
        return tuple(found.values())

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of a token holder's JSON body that the code reads."""
        found = set()
        for call in self._all_calls():
            if _called(call) in ("text_of", "whole_of"):
                found.add(ast.literal_eval(call.args[1]))
            elif _called(call) == "get" and ast.unparse(call.func) in ("body.get", "line.get"):
                argument = call.args[0]
                found |= {argument.value} if isinstance(argument, ast.Constant) else set()
        return frozenset(found)

    @property
    def reads_json(self) -> bool:
        """Whether it is a token holder's request with a JSON body."""
        return any(_called(call) == "json_body" for call in self._all_calls())

    @cached_property
    def _own(self) -> ast.AST:
        return _tree(self.view)

    @cached_property
    def _document(self) -> Document | None:
        """The signed document that the view takes, by its method in the log."""
        methods = [
            call.args[1] for call in _calls(self._own) if getattr(call.func, "id", "") == "take"
        ]
        return DOCUMENTS[ast.literal_eval(methods[0])] if methods else None

    def _all_calls(self) -> Iterator[ast.Call]:
        for tree in self._trees:
            yield from _calls(tree)

    @cached_property
    def _trees(self) -> list[ast.AST]:
        """The view, and every function that it leads to of its module and of the signed
        documents'.
        """
        seen: dict[Callable[..., Any], ast.AST] = {self.view: self._own}
        pending: list[FunctionType] = [self.view]
        if self._document is not None:
            use: Any = self._document.use
            seen[use] = _tree(use)
            pending.append(use)
        while pending:
            function = pending.pop()
            for node in ast.walk(seen[function]):
                named = function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
                if not isinstance(named, FunctionType) or named in seen:
                    continue
                if named.__module__ in (self.view.__module__, *_OF_DOCUMENTS):
                    seen[named] = _tree(named)
                    pending.append(named)
        return list(seen.values())


def routes() -> list[Route]:
    """Every route of the app, in its order."""
    from app import app

    return [
        _route(method, path, entry)
        for path, methods in app.routes.items()
        for method, entry in methods.items()
    ]


def _route(method: str, path: str, entry: RouteEntry) -> Route:
    view = entry.view_function
    unwrapped: Any = inspect.unwrap(view)
    return Route(
        method=method,
        path=path,
        view=unwrapped,
        roles=tuple(role.value for role in getattr(view, "roles", ())),
        authorizer=entry.authorizer.name if entry.authorizer else None,
        path_parameters=tuple(entry.view_args),
    )


def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _unconditional_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that stand under no `if`."""
    if isinstance(tree, ast.Call):
        yield tree
    for child in ast.iter_child_nodes(tree):
        if not isinstance(tree, ast.If | ast.IfExp):
            yield from _unconditional_calls(child)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _numbers(tree: ast.AST) -> set[int]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 100
    }
