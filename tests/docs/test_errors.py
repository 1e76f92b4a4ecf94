"""`docs/errors.md` names every code that can be refused with, with its status, and no other."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from chalicelib.kernel import errors

ROOT = Path(__file__).resolve().parent.parent.parent
STATUS = {
    name: kind.status
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Refused)
}

MADE_ELSEWHERE = {
    # code: (status, file, what there makes it)
    "illegal_transition": (409, "chalicelib/kernel/errors.py", '"illegal_transition"'),
    "unknown_bundle": (404, "chalicelib/catalog/service.py", '"bundle"'),
    "unknown_shop": (422, "chalicelib/catalog/service.py", '"shop"'),
    "unknown_supplier": (422, "chalicelib/catalog/service.py", '"supplier"'),
    "unknown_warehouse": (422, "chalicelib/catalog/service.py", '"warehouse"'),
    "unknown_order": (404, "chalicelib/orders/store.py", '"order"'),
    "unknown_fulfilment": (404, "chalicelib/orders/store.py", '"fulfilment"'),
    "unknown_shipment": (404, "local/tracing.py", '"shipment"'),
    "unknown_purchase_order": (
        422,
        "chalicelib/purchasing/ordering.py",
        '"unknown_purchase_order"',
    ),
    "unknown_movement_order": (
        422,
        "chalicelib/movements/orders/service.py",
        '"unknown_movement_order"',
    ),
    "unknown_bom": (422, "chalicelib/catalog/boms.py", '"unknown_bom"'),
    "code_fixed": (422, "chalicelib/catalog/taking.py", '"code_fixed"'),
    "code_taken": (422, "chalicelib/catalog/taking.py", '"code_taken"'),
    "period_blocked": (409, "chalicelib/stock/periods.py", '"period_blocked"'),
    "partly_refused": (422, "chalicelib/warehouse/severally.py", '"partly_refused"'),
    "internal": (500, "chalicelib/http/edge.py", '"internal"'),
    "unavailable": (503, "chalicelib/http/edge.py", '"unavailable"'),
    "unauthenticated": (401, "infra/api.yaml", '"unauthenticated"'),
    "forbidden": (403, "infra/api.yaml", '"forbidden"'),
    "no_such_route": (404, "infra/api.yaml", '"no_such_route"'),
    "too_many_requests": (429, "infra/api.yaml", '"too_many_requests"'),
    "too_large": (413, "infra/api.yaml", '"too_large"'),
    "refused_by_gateway": (400, "infra/api.yaml", '"refused_by_gateway"'),
}
"""Codes that aren't the first argument of a refusal's constructor."""

ALSO_NOT_FOUND = {
    "unknown_shop",
    "unknown_supplier",
    "unknown_warehouse",
    "unknown_purchase_order",
    "unknown_movement_order",
    "unknown_bom",
}
"""These are 404 where no field of a request named them."""


SPEAKERS = [
    *(ROOT / "chalicelib").rglob("*.py"),
    *(ROOT / "local/cli").rglob("*.py"),
    ROOT / "local/tracing.py",
]
"""What refuses with codes: the app, and the command line beside it."""


def documented() -> dict[str, set[int]]:
    rows = re.findall(
        r"^\| `(\w+)` \| ([\d, ]+) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE
    )
    codes = [code for code, _ in rows]
    assert len(codes) == len(set(codes)), "a code stands twice"
    return {code: {int(each) for each in statuses.split(",")} for code, statuses in rows}


def refusals() -> list[tuple[str, str, ast.Call]]:
    """Every construction of a refusal: the class's name, its place, and the call."""
    found = []
    for path in sorted(SPEAKERS):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in STATUS and name != "IllegalTransition":
                found.append((name, f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def test_every_code_of_the_code_is_documented_with_its_status() -> None:
    known = documented()
    missing = []
    for name, place, call in refusals():
        code = call.args[0]
        if isinstance(code, ast.Constant) and STATUS[name] not in known.get(code.value, set()):
            missing.append(f"{code.value} | {STATUS[name]} | {place}")
    assert not missing, "add these to docs/errors.md:\n" + "\n".join(missing)


def test_every_documented_code_and_status_is_used() -> None:
    used: dict[str, set[int]] = defaultdict(set)
    for name, _, call in refusals():
        if isinstance(call.args[0], ast.Constant):
            used[call.args[0].value].add(STATUS[name])
    for code, (status, _, _) in MADE_ELSEWHERE.items():
        used[code].add(status)
    for code in ALSO_NOT_FOUND:
        used[code].add(404)
    assert documented() == dict(used)


def test_a_code_that_is_no_literal_is_one_of_few_known_places() -> None:
    written = {
        place.partition(":")[0]: ast.unparse(call.args[0])
        for _, place, call in refusals()
        if not isinstance(call.args[0], ast.Constant)
    }
    assert written == {
        "chalicelib/catalog/service.py": "f'unknown_{what}'",
        "chalicelib/orders/store.py": "f'unknown_{what}'",
        # The API's own.
        "local/cli/orders.py": "str(answer.get('code'))",
        "local/tracing.py": "f'unknown_{kind}'",
    }


@pytest.mark.parametrize("code", MADE_ELSEWHERE)
def test_a_code_made_elsewhere_is_still_made_there(code: str) -> None:
    _, path, snippet = MADE_ELSEWHERE[code]
    assert snippet in (ROOT / path).read_text()
