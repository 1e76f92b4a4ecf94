"""The cloud's parts of the container: tables, bucket, keys, secrets, queues, and the way to peers.

Made when first asked for and kept for the life of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.aws.clients import Clients
from chalicelib.aws.dynamodb import DynamoTables
from chalicelib.aws.envelope import KmsSealer
from chalicelib.aws.files import S3Files, S3Links
from chalicelib.aws.secrets import SecretsManager
from chalicelib.aws.settings import Settings
from chalicelib.kernel.clock import Clock, SystemClock
from chalicelib.kernel.http import Http
from chalicelib.kernel.ids import Ids, RandomIds
from chalicelib.kernel.items import Items
from chalicelib.kernel.sealing import Sealer, SealingKey
from chalicelib.kernel.writes import Transaction

if TYPE_CHECKING:
    from chalicelib.aws.outbox import Outbox
    from chalicelib.aws.queues import Queues
    from chalicelib.aws.tokens import Tokens


class Tables(Items, Transaction, Protocol):
    """The tables: what is there, and commits. `DynamoTables` in production."""


class Files(Protocol):
    """The raw bucket. `S3Files` in production."""

    def put(self, key: str, body: bytes) -> None: ...

    def get(self, key: str) -> bytes | None: ...

    def put_sealed(
        self, key: str, body: bytes, *, under: SealingKey | None = None
    ) -> SealingKey: ...

    def get_sealed(self, key: str) -> bytes | None: ...

    def mark_unverified(self, key: str) -> None: ...

    def names(self, prefix: str, *, after: str = "") -> Iterator[str]: ...


class Secrets(Protocol):
    """Secrets by name. `SecretsManager` in production."""

    def current(self, name: str) -> tuple[str, ...]: ...

    def put(self, name: str, text: str) -> None: ...

    def ensure(self, name: str, new: Callable[[], str]) -> tuple[str, bool]: ...


class Cloud:
    """What the services stand on. `clock`, `ids` and `http` may be given (tests)."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        http: Http | None = None,
        count_capacity: Callable[[str, Mapping[str, Any]], None] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self._http = http
        self._count_capacity = count_capacity

    # --- the cloud

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.settings)

    @cached_property
    def tables(self) -> Tables:
        return DynamoTables(
            self.clients,
            self.settings.tables,
            clock=self.clock,
            count_capacity=self._count_capacity,
        )

    @cached_property
    def sealer(self) -> Sealer:
        return KmsSealer(self.clients, self.settings.data_key)

    @cached_property
    def files(self) -> Files:
        return S3Files(self.clients, self.settings.raw_bucket, self.sealer)

    @cached_property
    def links(self) -> S3Links:
        return S3Links(self.clients, self.settings.raw_bucket)

    @cached_property
    def secrets(self) -> Secrets:
        return SecretsManager(self.clients, self.settings.secrets_prefix, self.clock)

    @cached_property
    def outbox(self) -> Outbox:
        from chalicelib.aws.outbox import Outbox
        from chalicelib.bootstrap.consumers import SUBSCRIPTIONS

        return Outbox(
            self.clients,
            self.settings.queue_urls,
            SUBSCRIPTIONS,
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
        )

    @cached_property
    def queues(self) -> Queues:
        from chalicelib.aws.queues import Queues

        return Queues(self.clients, self.settings.queue_urls, self.tables)

    @cached_property
    def tokens(self) -> Tokens:
        from chalicelib.aws.tokens import Tokens

        return Tokens(
            items=self.tables,
            transaction=self.tables,
            clock=self.clock,
            peppers=lambda: self.secrets.current("tokens-pepper"),
        )

    @cached_property
    def http(self) -> Http:
        from chalicelib.aws.http_client import PooledHttp

        return self._http or PooledHttp()
