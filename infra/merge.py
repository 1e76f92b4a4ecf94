"""Joins the files of this folder into the one document that `chalice package --merge-template`
takes.

    python infra/merge.py dev build/merge.json

Each `*.yaml` here is a piece of a CloudFormation template (`Parameters`, `Resources`, …); a name
may stand in one file only. Understood beyond plain YAML: the short forms `!Ref`, `!Sub`,
`!GetAtt`, `!If`, `!Equals`, `!Not`; `!Stage name`, the value of `stages.yaml` for the stage that
is packaged; `!Json`, a mapping as JSON text. Top-level keys that begin with `x-` hold anchors and
are dropped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import yaml

FOLDER = Path(__file__).parent
NOT_TEMPLATE = {"stages.yaml", "skips.yaml"}
Constructor: TypeAlias = "Callable[[_Loader, yaml.Node], Any]"


class _Loader(yaml.SafeLoader):
    """Safe YAML plus the tags above: still nothing but plain data. `stage` is the row of the stage
    table.
    """

    stage: dict[str, Any]


def _plain(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return node.value


def _intrinsic(name: str) -> Constructor:
    return lambda loader, node: {name: _plain(loader, node)}


_TAGS: dict[str, Constructor] = {
    "!Ref": _intrinsic("Ref"),
    **{f"!{name}": _intrinsic(f"Fn::{name}") for name in ("Sub", "If", "Equals", "Not")},
    "!GetAtt": lambda loader, node: {"Fn::GetAtt": _plain(loader, node).split(".", 1)},
    "!Stage": lambda loader, node: loader.stage[_plain(loader, node)],
    "!Json": lambda loader, node: json.dumps(_plain(loader, node), ensure_ascii=False),
}
for _tag, _construct in _TAGS.items():
    _Loader.add_constructor(_tag, _construct)


def merged(stage: str) -> dict[str, Any]:
    """The whole document for one stage of `stages.yaml`."""
    row = yaml.safe_load((FOLDER / "stages.yaml").read_text())[stage] | {"name": stage}
    document: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name in NOT_TEMPLATE:
            continue
        loader = _Loader(path.read_text())
        loader.stage = row
        for section, entries in loader.get_single_data().items():
            if section.startswith("x-"):
                continue
            target = document.setdefault(section, {})
            if double := target.keys() & entries.keys():
                raise ValueError(f"{path.name}: {sorted(double)} stands in another file too")
            target.update(entries)
    return document


def main(stage: str, target: str) -> None:
    """Writes the document for `stage` to the file `target`."""
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(merged(stage), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
