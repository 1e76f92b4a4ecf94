"""`docs/data-model.md` names every key that the code builds, and the sizes it tells are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.sizes import item_bytes
from tests.orders.world import World, body, shipment

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs/data-model.md").read_text()
PREFIX = re.compile(r"[A-Z][A-Z_-]+#")
ORDER_NO = "2611220000012345678"


def texts(tree: ast.AST) -> list[str]:
    """Every text of a tree; of a formatted one how it begins."""
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def prefixes() -> dict[str, str]:
    """What keys begin with (`ORDER#`), and where that stands."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for text in texts(ast.parse(path.read_text())):
            begins = PREFIX.match(text)
            if begins and "\n" not in text:
                found.setdefault(begins[0], str(path.relative_to(ROOT)))
    return found


def test_every_key_of_the_code_stands_in_the_document() -> None:
    missing = {prefix: path for prefix, path in prefixes().items() if f"`{prefix}" not in TEXT}
    assert missing == {}


def test_every_whole_key_of_the_code_stands_in_the_document() -> None:
    """Partitions without an id in them (`CLOSES`)."""
    whole = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Key":
                whole |= {each.value for each in node.args[1:2] if isinstance(each, ast.Constant)}
    assert "CLOSES" in whole
    assert {key for key in whole if f"`{key}" not in TEXT} == set()


def test_every_key_of_the_document_is_built_by_the_code() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    written = set(re.findall(r"`([A-Z][A-Z_-]+)(?:#|`)", TEXT))
    assert {name for name in written if not re.search(rf'"{name}["#]', code)} == set()


@pytest.fixture(scope="module")
def items() -> dict[str, int]:
    """The bytes of each item of a shipped order of two lines; the largest of a kind."""
    world = World()
    world.numbers.order_number = lambda buyer: ORDER_NO
    world.warehouse("W1", {"TEE-WHITE-M": 100, "MUG-BLUE": 100})
    world.accepted(body(("TEE-WHITE-M", 2, "59.00"), ("MUG-BLUE", 1, "35.50")))
    world.ship(shipment(f"{ORDER_NO}-01", [(1, "TEE-WHITE-M", 2), (2, "MUG-BLUE", 1)]))
    found: dict[str, int] = {}
    for key, item in world.tables.tables.items():
        of_order = key.pk.startswith("ORDER#")
        name = key.sk.partition("#")[0] if of_order else key.pk.partition("#")[0]
        found[name] = max(found.get(name, 0), item_bytes(key, item))
    return found


def test_the_sizes_that_the_document_tells_are_true(items: dict[str, int]) -> None:
    rows = re.findall(r"^\| `(\w+)#?`[^|]*\| (\d+) \|", TEXT, re.MULTILINE)
    assert len(rows) == 9
    wrong = {
        name: (int(told), items[name])
        for name, told in rows
        if abs(items[name] - int(told)) * 6 > int(told)
    }
    assert wrong == {}


def test_what_an_order_writes_stays_below_a_kilobyte(items: dict[str, int]) -> None:
    assert {name: size for name, size in items.items() if size >= 1024} == {}
