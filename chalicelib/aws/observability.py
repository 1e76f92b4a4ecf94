"""Structured logs, metrics (EMF) and traces.

One JSON object a line; the order number (or the document's) goes along as `correlation_id`.
Whatever is logged passes a filter that masks what looks like a phone number, although no code logs
one on purpose. Traces never capture answers or exceptions (`POWERTOOLS_TRACER_CAPTURE_…` are false
in every stage).
"""

from __future__ import annotations

import logging
import re
from typing import Any

from aws_lambda_powertools import Logger, Metrics

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")


class MaskPhones(logging.Filter):
    """Masks mobile numbers in the message and in every extra field of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in list(record.__dict__.items()):
            if name not in _OWN_FIELDS:
                setattr(record, name, masked(value))
        return True


_OWN_FIELDS = frozenset(
    {"args", "exc_info", "levelname", "levelno", "name", "created", "msecs", "thread", "process"}
)


def masked(value: Any) -> Any:
    """The value with everything in it that looks like a mobile number masked."""
    if isinstance(value, str):
        return _MOBILE.sub("1**********", value)
    if isinstance(value, dict):
        return {name: masked(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(each) for each in value]
    return value


logger = Logger(service="oms")
logger.addFilter(MaskPhones())
metrics = Metrics(namespace="OMS", service="oms")
