"""Structured logs, metrics (EMF) and traces.

One JSON object a line; the order number (or the document's) goes along as `correlation_id`.
Whatever looks like a phone number is masked in every part of a line, although no code logs one on
purpose. Each line names its trace; the traces are Lambda's own, and nothing of ours writes to them
(docs/adr/0005).
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Logger, Metrics

from chalicelib.kernel.masking import mask_mobiles


def masked(value: Any) -> Any:
    """The value as JSON can hold it, with everything in it that looks like a mobile number masked:
    texts, whole numbers, keys, and what other objects look like as text.
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if mask_mobiles(text) == text else mask_mobiles(text)
    if isinstance(value, dict):
        return {masked(str(name)): masked(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(each) for each in value]
    return mask_mobiles(str(value))


def _one_line(line: Any) -> str:
    # The last stop of every line: by now arguments, exceptions and lasting keys stand in it too.
    return json.dumps(masked(line), ensure_ascii=False, separators=(",", ":"))


logger = Logger(service="oms", json_serializer=_one_line)
metrics = Metrics(namespace="OMS", service="oms")
