"""The warehouses a simulator plays: who may call, with which secret, and whom they report to."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from local.simulators.application import CannotStart, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSettings:
    """One warehouse. `app_key`, `secret`, `customer_id`: what the OMS has to use towards it.

    The `callback_` ones: what it uses towards the OMS; where empty, the same as the former.
    """

    code: str
    customer_id: str
    app_key: str
    secret: str
    callback_url: str = ""
    callback_app_key: str = ""
    callback_secret: str = ""
    callback_customer_id: str = ""
    callback_method_prefix: str = ""
    callback_timeout_seconds: float = 30.0
    owner_code: str = ""
    timestamp_tolerance_seconds: float = 600.0

    def completed(self) -> WarehouseSettings:
        """With every empty field that has a natural value filled in."""
        return replace(
            self,
            callback_app_key=self.callback_app_key or self.app_key,
            callback_secret=self.callback_secret or self.secret,
            callback_customer_id=self.callback_customer_id or self.customer_id,
            owner_code=self.owner_code or self.customer_id,
        )

    def described(self) -> JsonObject:
        """As JSON, without the secrets."""
        names = [field.name for field in fields(self) if "secret" not in field.name]
        return {name: getattr(self, name) for name in names}


_TYPES = {
    field.name: float if "seconds" in field.name else str for field in fields(WarehouseSettings)
}
_MANDATORY = ("code", "customer_id", "app_key", "secret")


def from_json(values: JsonObject) -> WarehouseSettings:
    """Settings from a JSON object; ValueError says what is wrong with it."""
    unknown = sorted(set(values) - set(_TYPES))
    missing = [name for name in _MANDATORY if not values.get(name)]
    if unknown or missing:
        raise ValueError(f"a warehouse has unknown fields {unknown} or lacks {missing}")
    typed: dict[str, Any] = {name: _TYPES[name](value) for name, value in values.items()}
    return WarehouseSettings(**typed)


def changed(settings: WarehouseSettings, values: JsonObject) -> WarehouseSettings:
    """Settings with some fields set anew; ValueError as in `from_json`."""
    old = {name: getattr(settings, name) for name in _TYPES}
    return from_json({**old, **values, "code": settings.code})


def load(file: Path) -> list[WarehouseSettings]:
    """The warehouses of a JSON file: a list, or an object with the list under "warehouses"."""
    try:
        content = json.loads(file.read_text("utf-8"))
        listed = content["warehouses"] if isinstance(content, dict) else content
        return [from_json(values) for values in listed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotStart(f"The configuration {file} cannot be used: {error}") from None
