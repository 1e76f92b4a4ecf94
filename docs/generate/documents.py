"""The generated documents, as texts: whole files, and blocks inside files that people write.

A block stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from docs.generate.diagrams import states_document
from docs.generate.messages import messages_document
from docs.generate.openapi import openapi_document
from docs.generate.routes import routes
from docs.generate.settings import settings_table
from docs.generate.tables import dialects_table, events_table, routes_table, steps_table


def documents(folder: Path) -> dict[str, str]:
    """Every generated text by its file's name in `docs/`."""
    return {
        "openapi.json": json.dumps(openapi_document(routes()), ensure_ascii=False, indent=1) + "\n",
        "states.md": states_document(),
        "api.md": _filled(folder / "api.md", {"routes": routes_table(routes())}),
        "wms.md": _filled(
            folder / "wms.md",
            {
                "settings": settings_table(),
                "steps": steps_table(),
                "dialects": dialects_table(),
            },
        ),
        "wms-messages.md": messages_document(),
        "operations.md": _filled(folder / "operations.md", {"events": events_table()}),
    }


def _filled(path: Path, blocks: Mapping[str, str]) -> str:
    text = path.read_text()
    for name, block in blocks.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->"
        if (text.count(begin), text.count(end)) != (1, 1):
            raise ValueError(f"{path.name} needs one block named {name}")
        before, _, rest = text.partition(begin)
        text = before + begin + block + end + rest.partition(end)[2]
    return text
