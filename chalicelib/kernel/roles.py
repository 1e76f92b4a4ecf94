"""What the owner of a token does."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a token is for; docs/api.md says which route needs which."""

    OPERATOR = "operator"
    INTEGRATOR = "integrator"
    FINANCE = "finance"
    RAW_READER = "raw_reader"
    ADMIN = "admin"
