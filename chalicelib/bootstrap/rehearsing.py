"""A container whose use cases run as ever and keep nothing: what a dry run stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.bootstrap.cloud import Files
from chalicelib.bootstrap.container import Container
from chalicelib.kernel.http import HttpAnswer, NotSent
from chalicelib.kernel.rehearsal import Rehearsal
from chalicelib.kernel.sealing import Sealer, SealingKey


def rehearsing(oms: Container) -> tuple[Container, Rehearsal]:
    """The same stage, and what its tables would be: read from the real ones, written in memory.
    Nothing is put into the bucket, nobody is called, no event is sent.
    """
    rehearsal = Rehearsal(oms.tables)
    made = Container(oms.settings, clock=oms.clock, ids=oms.ids, http=NobodyIsCalled())
    made.clients = oms.clients
    made.secrets = oms.secrets
    made.sealer = oms.sealer
    made.tables = rehearsal
    made.files = FilesOnlyRead(oms.files, oms.sealer)
    return made, rehearsal


class NobodyIsCalled:
    """Every peer is out of reach."""

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        raise NotSent("a rehearsal calls nobody")


class FilesOnlyRead:
    """The bucket as it is; what is put there is dropped."""

    def __init__(self, files: Files, sealer: Sealer) -> None:
        self._files = files
        self._sealer = sealer

    def put(self, key: str, body: bytes) -> None:
        return

    def get(self, key: str) -> bytes | None:
        return self._files.get(key)

    def put_sealed(self, key: str, body: bytes, *, under: SealingKey | None = None) -> SealingKey:
        return under or self._sealer.new_key(key)

    def get_sealed(self, key: str) -> bytes | None:
        return self._files.get_sealed(key)

    def mark_unverified(self, key: str) -> None:
        return

    def names(self, prefix: str, *, after: str = "") -> Iterator[str]:
        return self._files.names(prefix, after=after)
