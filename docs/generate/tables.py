"""Tables of Markdown made from tables of the code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.bootstrap import consumers
from chalicelib.warehouse.dialect import Dialect
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.signing import SignRule
from chalicelib.warehouse.statuses.defaults import DEFAULT_ROWS
from chalicelib.warehouse.statuses.model import DocumentKind, Effect, Notify
from docs.generate.routes import Admission, Route

_EFFECTS = {
    Effect.TRACK: "noted in the track",
    Effect.ALERT: "noted, and an exception is raised for a person",
    Effect.CANCELLED: "the WMS says that it is cancelled",
    Effect.CANCEL_REFUSED: "the WMS says that it won't cancel",
    Effect.REJECTED: "the WMS won't ship it; its units are sourced again elsewhere",
    Effect.INTERCEPTED: "the parcel was stopped on the road",
    Effect.INTERCEPT_FAILED: "the parcel couldn't be stopped",
}


def routes_table(routes: Iterable[Route]) -> str:
    """Every route with who may call it."""
    return table(
        ("route", "who", "what"),
        [(f"`{each.method} {each.path}`", _who(each), _first(each.text)) for each in routes],
    )


def steps_table() -> str:
    """What each processStatus of an order's step report does, and who sees what of it."""
    rows = [
        (
            f"`{row.code}`",
            f"the fulfilment goes to `{row.state}`" if row.moves_to else _EFFECTS[row.effect],
            row.channel.text if row.channel else "",
            row.buyer.text if row.buyer else "",
            "" if row.notify is Notify.NONE else row.notify.value.lower(),
        )
        for row in DEFAULT_ROWS
        if row.document is DocumentKind.DELIVERY
    ]
    heads = ("processStatus", "what it does", "channel sees", "buyer sees", "told")
    return table(heads, rows)


def dialects_table() -> str:
    """Every dialect: what it says otherwise than Qimen, and what isn't known of it."""
    rows = [
        (
            f"`{each.name}`",
            each.title,
            "; ".join(_otherwise(each)) or "what this document describes",
            "; ".join(each.unverified) or "-",
        )
        for each in DIALECTS.values()
    ]
    return table(("`dialect`", "spoken by", "otherwise than Qimen", "not verified"), rows)


def _otherwise(dialect: Dialect) -> list[str]:
    plain, found = Dialect(name="", title=""), []
    if dialect.sign != SignRule():
        found.append(f"sign: `{dialect.sign}`")
    for field in ("prefix", "zone", "declaration", "stock_changes"):
        value = getattr(dialect, field)
        if value != getattr(plain, field):
            found.append(f"{field} `{value}`" if value != "" else f"no {field}")
    for field in ("methods", "elements"):
        found += _renamed(getattr(dialect, field))
    for kind, elements in dialect.elements_of.items():
        found.append(f"in `{kind}.*` {', '.join(_renamed(elements))}")
    for name, codes in dialect.codes.items():
        found += [f"{name} `{ours}` is `{theirs}`" for theirs, ours in codes.items()]
    for name, codes in dialect.reduced.items():
        found += [f"{name} {each}" for each in _renamed(codes)]
    return found


def _renamed(names: Mapping[str, str]) -> list[str]:
    """Theirs with all of ours that it stands for."""
    found: dict[str, list[str]] = {}
    for ours, theirs in names.items():
        found.setdefault(theirs, []).append(f"`{ours}`")
    return [
        f"{', '.join(ours)} {'are' if len(ours) > 1 else 'is'} `{theirs}`"
        for theirs, ours in found.items()
    ]


def events_table() -> str:
    """Every event with its queues and what is done there."""
    rows = []
    for kind, queues in _uses().items():
        for queue, use in queues.items():
            rows.append((f"`{kind}`", queue, f"`{use}`"))
    return table(("event", "queue", "what is done"), rows)


def _uses() -> dict[str, dict[str, str]]:
    """The table `CONSUMERS` as it is written: the lambdas' names aren't in the objects."""
    for node in ast.parse(inspect.getsource(consumers)).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "CONSUMERS":
            return {
                kind: {queue: _use(each) for queue, each in _pairs(value)}
                for kind, value in _pairs(node.value)
            }
    raise LookupError("CONSUMERS has gone")


def _pairs(tree: ast.expr | None) -> list[tuple[str, ast.expr]]:
    if not isinstance(tree, ast.Dict):
        raise LookupError("CONSUMERS isn't written as a table any more")
    return [
        (str(key.value), value)
        for key, value in zip(tree.keys, tree.values, strict=True)
        if isinstance(key, ast.Constant)
    ]


def _use(tree: ast.expr) -> str:
    call = tree.body if isinstance(tree, ast.Lambda) else tree
    function = call.func if isinstance(call, ast.Call) else call
    return ast.unparse(function).removeprefix("oms.")


def _who(route: Route) -> str:
    if route.admission is Admission.BEARER:
        return ", ".join(route.roles)
    if route.admission is Admission.SIGNED:
        return f"signed, {route.client_kind} client"
    return str(route.admission)


def _first(text: str) -> str:
    return text.partition("\n\n")[0].replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
