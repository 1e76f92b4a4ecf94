"""What a message says beyond what its document has a place for."""

from __future__ import annotations

from typing import TypeAlias

Rest: TypeAlias = tuple[tuple[str, str], ...]
"""(place below the part it belongs to, text): `(("extendProps/colour", "red"), …)`.

It may hold personal data: fields of this type are `repr=False`.
"""
