"""One handler in a fresh process: how long its imports and its first call take, and what it loaded.

    python -m bench.first_call < request.json

The request names the handler, as its function's configuration does, and its event; the answer is a
line of JSON. `handler` "boto3" does nothing but import boto3, for comparison; "app" imports the app
and calls nothing.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

HEAVY = (
    "lxml",
    "cryptography",
    "msgspec",
    "pynamodb.models",
    "pynamodb.connection",
    "aws_lambda_powertools",
)
"""What is worth knowing of a handler: whether it loaded these."""


@dataclass(frozen=True, slots=True)
class Context:
    """As much of Lambda's context as handlers ask for."""

    function_name: str = "oms-bench"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-northeast-1:000000000000:function:oms-bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Always enough."""
        return 60_000


def measure(handler: str, event: Any) -> dict[str, Any]:
    """Milliseconds of the imports and of the first call, and the modules that are loaded then."""
    started, started_cpu = time.perf_counter(), time.process_time()
    module_name, _, function = handler.rpartition(".")
    module = importlib.import_module(module_name or handler)
    imported, imported_cpu = time.perf_counter(), time.process_time()
    answer: Any = None
    if module_name:
        answer = getattr(module, function)(event, Context())
    called, called_cpu = time.perf_counter(), time.process_time()
    return {
        "import_ms": (imported - started) * 1000,
        "import_cpu_ms": (imported_cpu - started_cpu) * 1000,
        "call_ms": (called - imported) * 1000,
        "call_cpu_ms": (called_cpu - imported_cpu) * 1000,
        "modules": len(sys.modules),
        "heavy": [name for name in HEAVY if name in sys.modules],
        "answer": answer,
    }


if __name__ == "__main__":
    request = json.load(sys.stdin)
    measured = measure(request["handler"], request["event"])
    # The app's logs and metrics are on the lines before.
    print(json.dumps(measured, default=str))
