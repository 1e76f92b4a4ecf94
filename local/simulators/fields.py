"""Typed reading of a control request's JSON: a wrong or missing field is a 400 that names it."""

from __future__ import annotations

import math

from local.simulators.application import JsonObject, Refused

MOST_DIGITS = 18
"""What fits into 64 bits, and so into SQLite."""


def whole_number(text: str) -> int | None:
    """The number that plain digits say; None for anything else, and for what nobody counts to."""
    plain = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if plain else None


class Fields:
    """The fields of one JSON object."""

    def __init__(self, values: JsonObject, place: str = "") -> None:
        self._values = values
        self._place = place

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def only(self, *names: str) -> None:
        """Refuses fields that nobody reads: a misspelt one would be silently without effect."""
        unknown = sorted(set(self._values) - set(names))
        if unknown:
            raise Refused(400, f"{self._place}{unknown[0]}: no such field")

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it is mandatory. A number is taken as its text."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or (not value and default is None):
            raise Refused(400, f"{self._place}{name}: a text is wanted")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number; without a default it is mandatory."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 10**MOST_DIGITS:
            raise Refused(400, f"{self._place}{name}: a whole number is wanted")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._values.get(name, default)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or abs(value) >= 10**MOST_DIGITS
            or math.isnan(value)
        ):
            raise Refused(400, f"{self._place}{name}: a number is wanted")
        return float(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false; without a default it is mandatory."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise Refused(400, f"{self._place}{name}: true or false is wanted")
        return value

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; empty when the field is missing."""
        values = self._values.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise Refused(400, f"{self._place}{name}: a list of objects is wanted")
        return [
            Fields(value, f"{self._place}{name}[{index}].") for index, value in enumerate(values)
        ]

    def texts(self, name: str) -> dict[str, str | None]:
        """An object of texts; null stays null."""
        values = self._values.get(name) or {}
        if not isinstance(values, dict):
            raise Refused(400, f"{self._place}{name}: an object is wanted")
        return {key: None if value is None else str(value) for key, value in values.items()}
