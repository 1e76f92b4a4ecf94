"""The raw bucket in memory."""

from __future__ import annotations

from chalicelib.kernel.sealing import SealingKey
from tests.fakes.kernel import PlainKey


class MemoryFiles:
    """Objects by key; `unverified` are those marked for early deletion."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.unverified: set[str] = set()

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def names(self, prefix: str, *, after: str = "") -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix) and key > after)

    def put_sealed(self, key: str, body: bytes, *, under: SealingKey | None = None) -> SealingKey:
        self.objects[key] = body
        return under or PlainKey(key)

    def get_sealed(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def mark_unverified(self, key: str) -> None:
        self.unverified.add(key)
