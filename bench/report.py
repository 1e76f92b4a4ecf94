"""What was measured, as Markdown."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import budget
from bench.cold import Start
from bench.meter import SERVICES, Step, total
from bench.prices import ORDERS, WAIT_SECONDS_A_REQUEST, dollars, load

_COLUMNS = {name: "secrets-manager" if name == "secretsmanager" else name for name in SERVICES}


def heading() -> str:
    """When and where."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    return (
        f"Measured {moment} UTC by `make bench` on {_processor()}, {os.cpu_count()} CPUs, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; the cloud "
        "is ministack on loopback, the peers are the demo's simulators."
    )


def counted(title: str, steps: Sequence[Step]) -> str:
    """A table of steps: requests by service, units, CPU."""
    lines = [
        f"### {title}",
        "",
        "| step | requests | DynamoDB | S3 | KMS | SQS | secrets | RU | WU | CPU ms |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    return "\n".join(lines + [_row(step) for step in (*steps, total(list(steps), "**all**"))])


def _row(step: Step) -> str:
    cells = [str(_of(step.requests, prefix)) for prefix in _COLUMNS.values()]
    units = [f"{step.read_units:g}", f"{step.write_units:g}", f"{step.cpu_seconds * 1000:.0f}"]
    name = step.name if step.name.startswith("**") else f"`{step.name}`"
    return "| " + " | ".join([name, str(step.requests.total()), *cells, *units]) + " |"


def _of(requests: Counter[str], prefix: str) -> int:
    return sum(count for name, count in requests.items() if name.startswith(f"{prefix}."))


def against_budget(dispatched: Step, shipped: Step) -> str:
    """Measured and allowed."""
    rows = [
        ("POST to dispatched: requests", dispatched.requests.total(), budget.DISPATCHED_REQUESTS),
        ("POST to dispatched: write units", dispatched.write_units, budget.DISPATCHED_WRITE_UNITS),
        ("POST to dispatched: read units", dispatched.read_units, budget.DISPATCHED_READ_UNITS),
        ("the whole main job: requests", shipped.requests.total(), budget.SHIPPED_REQUESTS),
        ("the whole main job: write units", shipped.write_units, budget.SHIPPED_WRITE_UNITS),
    ]
    lines = ["| figure | measured | budget |", "| --- | --: | --: |"]
    return "\n".join(lines + [f"| {name} | {was:g} | {most} |" for name, was, most in rows])


def money(dispatched: Sequence[Step], shipped: Sequence[Step]) -> str:
    """Dollars per 1,000 orders."""
    prices = load()
    parts = [dollars(steps, prices) for steps in (dispatched, shipped)]
    lines = [
        f"### Money per {ORDERS:,} orders",
        "",
        f"{prices['currency']}, {prices['region']}, {prices['date']}. {prices['note']} Lambda's "
        f"time is CPU as measured, scaled to the function's memory, and an assumed "
        f"{WAIT_SECONDS_A_REQUEST * 1000:.0f} ms for each request.",
        "",
        "| service | POST to dispatched | the whole main job |",
        "| --- | --: | --: |",
    ]
    return "\n".join(
        lines + [f"| {name} | {parts[0][name]:.4f} | {parts[1][name]:.4f} |" for name in parts[0]]
    )


def cold(starts: Sequence[Start], imports: Sequence[tuple[str, float]]) -> str:
    """Cold starts."""
    lines = [
        "### Cold starts",
        "",
        "Fresh processes, medians; the first call is answered by the emulator.",
        "",
        "| handler | import ms | of it CPU | first call ms | of it CPU | modules | loaded |",
        "| --- | --: | --: | --: | --: | --: | --- |",
        *(
            f"| `{each.handler}` | {each.import_ms:.0f} | {each.import_cpu_ms:.0f} "
            f"| {each.call_ms:.0f} | {each.call_cpu_ms:.0f} | {each.modules} "
            f"| {', '.join(each.heavy)} |"
            for each in starts
        ),
        "",
        "The largest imports of `app` (`python -X importtime`, with what they import first): "
        + ", ".join(f"`{name}` {milliseconds:.0f} ms" for name, milliseconds in imports)
        + ".",
    ]
    return "\n".join(lines)


def package(size: int, parts: Counter[str], *, most: int = 12) -> str:
    """The zip by dependency."""
    rest = parts.total() - sum(count for _, count in parts.most_common(most))
    lines = [
        "### The package",
        "",
        f"{size / 1e6:.1f} MB zipped; the aim is under {budget.PACKAGE_BYTES / 1e6:.0f} MB.",
        "",
        "| part | kB zipped |",
        "| --- | --: |",
        *(f"| `{name}` | {count / 1e3:.0f} |" for name, count in parts.most_common(most)),
        f"| the others | {rest / 1e3:.0f} |",
    ]
    return "\n".join(lines)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
