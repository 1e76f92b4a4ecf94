"""Cold starts: imports and first calls of each handler, each in a fresh process, on the embedded
cloud. Events that were worked off before are given again: consumers are idempotent.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud_settings import ROOT

RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Medians of one handler, milliseconds of wall time and of CPU, and what it loaded."""

    handler: str
    import_ms: float
    import_cpu_ms: float
    call_ms: float
    call_cpu_ms: float
    modules: int
    heavy: tuple[str, ...]


HANDLERS = {
    "boto3": "boto3",
    "app": "app",
    "api_handler": "app.app",
    "authorizer": "chalicelib.http.authorization.authorizer",
}
"""Handlers that aren't `app.<function>`."""


def handler_of(function: str) -> str:
    """What Lambda calls for a function: module and name."""
    return HANDLERS.get(function, f"app.{function}")


def start(function: str, event: Any, *, runs: int = RUNS) -> Start:
    """The medians of `runs` fresh processes."""
    measured = [run(handler_of(function), event, os.environ) for _ in range(runs)]

    def median(name: str) -> float:
        return float(statistics.median(each[name] for each in measured))

    return Start(
        handler=function,
        import_ms=median("import_ms"),
        import_cpu_ms=median("import_cpu_ms"),
        call_ms=median("call_ms"),
        call_cpu_ms=median("call_cpu_ms"),
        modules=measured[-1]["modules"],
        heavy=tuple(measured[-1]["heavy"]),
    )


def event_of(function: str) -> Any:
    """What AWS hands a function, from `events/`."""
    return json.loads((ROOT / f"events/{function}.json").read_text("utf-8"))


def run(handler: str, event: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    """One handler in one fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.first_call"],
        input=json.dumps({"handler": handler, "event": event}),
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def largest_imports(most: int = 12) -> list[tuple[str, float]]:
    """The packages whose first import under `import app` takes longest, in milliseconds with all
    that they import (`python -X importtime`).
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import app"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = {}
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[1].strip().isdigit():
            name = parts[2].strip()
            wanted = name.count(".") == 0 or name.startswith("chalicelib.http.")
            if wanted and name not in ("site", "sitecustomize", "app"):
                found[name] = int(parts[1]) / 1000
    return sorted(found.items(), key=lambda pair: -pair[1])[:most]
