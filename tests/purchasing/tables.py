"""Memory tables at which things go wrong."""

from __future__ import annotations

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Writes
from tests.fakes.dynamodb import MemoryTables


class Failing(MemoryTables):
    """The commit of this number fails before it takes effect, or its answer is lost after."""

    def __init__(self) -> None:
        super().__init__()
        self.fail_at: int | None = None
        self.after = False

    def commit(self, writes: Writes) -> None:
        if self.fail_at is not None:
            self.fail_at -= 1
        failing = self.fail_at == 0
        if failing and not self.after:
            raise Unavailable("planted")
        super().commit(writes)
        if failing:
            raise Unavailable("planted")


class Overtaken(MemoryTables):
    """Just before a commit of this number somebody else posts or changes."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0
        self.other: object = None

    def commit(self, writes: Writes) -> None:
        self.at -= 1
        if self.at == 0 and callable(self.other):
            self.other()
        super().commit(writes)
