"""The audit of every night: each closed shard, from where the audit of the run before ended.

So a night costs what moved that day. The first audit of a shard, and one whose predecessor never
ended, begins with the first entry. What doesn't agree is a case for a person; the audit changes
nothing.

| item | pk | sk |
| --- | --- | --- |
| audit | `AUDITS#<run>` | `<warehouse>#<bucket>` |
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.exceptions import (
    OPEN,
    ExceptionCase,
    ExceptionKind,
    exception_key,
    plan_exception,
)
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, ConditionFailed, Key, Put, Transaction, Writes
from chalicelib.stock.auditing import (
    Audited,
    Auditor,
    Books,
    Finding,
    audit_books,
    audit_row,
)
from chalicelib.stock.closing import BooksDisagree, SkuClosing, nothing
from chalicelib.stock.costing import Pool
from chalicelib.stock.model import Balance
from chalicelib.stock.snapshot_store import (
    CloseRun,
    ShardClosing,
    SnapshotFiles,
    SnapshotStore,
    read_shard,
)
from chalicelib.stock.store import TABLE

SHOWN = 90
"""Findings that the audit's item itself lists, and cases that it raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardAudit:
    """What came of auditing a shard: how many pools were looked at, how many entries were added up,
    what doesn't agree. `file` holds where the audit of the next run begins.
    """

    run: str
    warehouse: str
    bucket: int
    pools: int
    entries: int
    found: int
    findings: tuple[Finding, ...]
    file: str
    sha256: str
    audited_at: datetime


def put_audit(audit: ShardAudit) -> Put:
    """Refusal: `audited`."""
    return Put(
        key=_audit_key(audit.run, audit.warehouse, audit.bucket),
        item=to_item(audit),
        condition=Absent(),
        refusal="audited",
    )


def audits_of(items: Items, run: str, warehouse: str = "") -> list[ShardAudit]:
    """The audits of a run's shards, of one warehouse or of all, as far as they are done."""
    prefix = f"{warehouse}#" if warehouse else ""
    found = query_all(items, TABLE, _pk(run), prefix=prefix, limit=500)
    return [from_item(item, ShardAudit) for item in found]


def unsettled(items: Items, run: str) -> list[str]:
    """Pools (`<warehouse>/<sku>`) that the audit of a run found not to agree, and of which the case
    is still open.
    """
    found = {
        f"{audit.warehouse}/{finding.sku}": None
        for audit in audits_of(items, run)
        for finding in audit.findings
    }
    keys = {exception_key(_case_id(pool)): pool for pool in found}
    cases = items.get_many(list(keys))
    return sorted(keys[key] for key, case in cases.items() if case["state"] == OPEN)


class NightlyAudit:
    """Audits closed shards, and answers what came of it."""

    def __init__(
        self,
        *,
        auditor: Auditor,
        items: Items,
        files: SnapshotFiles,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._auditor = auditor
        self._items = items
        self._snapshots = SnapshotStore(items)
        self._files = files
        self._transaction = transaction
        self._clock = clock

    def audits(self, run: str, warehouse: str) -> list[ShardAudit]:
        """The audits of a run's shards of a warehouse, as far as they are done."""
        return audits_of(self._items, run, warehouse)

    def audit_shard(self, run: str, warehouse: str, bucket: int) -> None:
        """Audits a shard that a run has closed. Done again, it changes nothing. `Unavailable`: an
        index lags.
        """
        if self._audit(run, warehouse, bucket) is not None:
            return
        found = self._snapshots.run(run)
        shard = self._snapshots.shard(run, warehouse, bucket)
        if shard is None:
            raise BooksDisagree(f"{warehouse}/{bucket} isn't closed by {run}")
        audit = self._audited(found, shard)
        cases = [plan_exception(each) for each in _cases(audit)]
        try:
            self._transaction.commit(Writes([put_audit(audit), *cases]))
        except ConditionFailed:
            # Another worker audited it at the same time; what it wrote stands.
            if self._audit(run, warehouse, bucket) is None:
                raise

    def _audited(self, run: CloseRun, shard: ShardClosing) -> ShardAudit:
        begin = self._begin(run, shard.warehouse, shard.bucket)
        rows = {row.sku: row for row in read_shard(self._files, shard)}
        findings: list[Finding] = []
        ends: list[Audited] = []
        entries = 0
        for balance, pool in self._auditor.pools(shard.warehouse, shard.bucket):
            row = rows.get(balance.sku, nothing(balance.sku))
            books = self._books(balance, pool, begin.get(balance.sku), row)
            findings += [*audit_books(books), *audit_row(books, row)]
            ends.append(books.audited())
            entries += len(books.counted)
        body = b"".join(msgspec.json.encode(each) + b"\n" for each in ends)
        sha256 = hashlib.sha256(body).hexdigest()
        folder = f"audits/{run.business_date.isoformat()}/{run.version}/{shard.warehouse}"
        file = f"{folder}/{shard.bucket}-{sha256[:16]}.jsonl"
        self._files.put(file, body)
        return ShardAudit(
            run=run.id,
            warehouse=shard.warehouse,
            bucket=shard.bucket,
            pools=len(ends),
            entries=entries,
            found=len(findings),
            findings=tuple(findings[:SHOWN]),
            file=file,
            sha256=sha256,
            audited_at=self._clock.now(),
        )

    def _books(self, balance: Balance, pool: Pool, begin: Audited | None, row: SkuClosing) -> Books:
        """A pool's books since the last audit; without a read where nothing moved."""
        unmoved = begin is not None and (
            balance.version == begin.sequence == begin.pool.sequence == pool.sequence
        )
        if begin is not None and unmoved and row.whole_until >= balance.version:
            return Books(balance=balance, entries=(), values={}, pool=pool, begin=begin)
        warehouse, sku = balance.warehouse, balance.sku
        return self._auditor.books(warehouse, sku, begin, after=row.whole_until)

    def _begin(self, run: CloseRun, warehouse: str, bucket: int) -> Mapping[str, Audited]:
        """Where the audit of the run before ended, by SKU."""
        before = self._audit(run.previous, warehouse, bucket) if run.previous else None
        if before is None:
            return {}
        body = self._files.get(before.file)
        if body is None or hashlib.sha256(body).hexdigest() != before.sha256:
            raise BooksDisagree(f"{before.file} is missing or was changed")
        ends = (msgspec.json.decode(line, type=Audited) for line in body.splitlines())
        return {end.pool.sku: end for end in ends}

    def _audit(self, run: str, warehouse: str, bucket: int) -> ShardAudit | None:
        item = self._items.get(_audit_key(run, warehouse, bucket))
        return from_item(item, ShardAudit) if item else None


def _cases(audit: ShardAudit) -> Iterator[ExceptionCase]:
    """A case for each pool that doesn't agree, as many as a transaction takes."""
    by_sku: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        by_sku.setdefault(finding.sku, []).append(finding)
    for sku, findings in by_sku.items():
        first, more = findings[0], len(findings) - 1
        text = f"{first.check} {first.what}: {first.kept} is kept, the ledger says {first.ledger}"
        yield ExceptionCase(
            id=_case_id(f"{audit.warehouse}/{sku}"),
            kind=ExceptionKind.BOOKS_DISAGREE,
            document=f"{audit.warehouse}/{sku}",
            text=f"{text}; close {audit.run}" + (f", and {more} more" if more else ""),
            message_id="",
            raised_at=audit.audited_at,
        )


def _case_id(pool: str) -> str:
    return f"{ExceptionKind.BOOKS_DISAGREE}:{pool}"


def _pk(run: str) -> str:
    return f"AUDITS#{run}"


def _audit_key(run: str, warehouse: str, bucket: int) -> Key:
    return Key(TABLE, _pk(run), f"{warehouse}#{bucket:04d}")
