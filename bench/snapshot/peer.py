"""The same close by DuckDB: the same files in, what it writes fastest (Parquet) out; and the
comparison of both results.

DuckDB isn't asked to prove that entries are complete, nor to keep sequences for the next day.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINES = """
CREATE TEMP TABLE line AS
SELECT parse_path(filename)[-4] AS warehouse, parse_path(filename)[-3]::INT AS bucket,
       * EXCLUDE filename
FROM read_csv('{root}/segments/*/*/{day}/*.csv.gz', filename = true, header = true,
    auto_detect = false, delim = ',', quote = '"', columns = {{
        'sku': 'VARCHAR', 'sequence': 'BIGINT', 'kind': 'VARCHAR', 'quantity': 'BIGINT',
        'out_of': 'VARCHAR', 'into': 'VARCHAR', 'value': 'BIGINT', 'variance': 'BIGINT',
        'document': 'VARCHAR', 'entry': 'VARCHAR'}})
"""

_OPENING = """
CREATE TEMP TABLE opening AS
SELECT parse_path(filename)[-2] AS warehouse,
       string_split(parse_filename(filename), '.')[1]::INT AS bucket,
       sku, quantities, value.closing AS value
FROM read_json('{root}/closings/{before}/*/*.jsonl.gz', filename = true,
    format = 'newline_delimited', columns = {{
        'sku': 'VARCHAR', 'quantities': 'MAP(VARCHAR, STRUCT(closing BIGINT))',
        'value': 'STRUCT(closing BIGINT)'}})
"""

_ONCE = """
CREATE TEMP TABLE once AS
SELECT warehouse, bucket, sku, sequence, any_value(kind) AS kind, any_value(quantity) AS quantity,
       any_value(out_of) AS out_of, any_value("into") AS "into", any_value(value) AS value,
       any_value(variance) AS variance, any_value(document) AS document, any_value(entry) AS entry
FROM line GROUP BY warehouse, bucket, sku, sequence
"""

_IDS = """
CREATE TEMP TABLE ids AS
SELECT warehouse, bucket, count(*) AS entries, sha256(string_agg(
           document || chr(9) || entry || chr(10), '' ORDER BY sku, sequence)) AS ids
FROM once GROUP BY warehouse, bucket
"""

_MOVED = """
CREATE TEMP TABLE moved AS
SELECT warehouse, bucket, sku, place, kind,
       sum(greatest(delta, 0))::BIGINT AS incoming, sum(greatest(-delta, 0))::BIGINT AS outgoing
FROM (
    SELECT warehouse, bucket, sku, "into" AS place, kind, quantity AS delta
    FROM once WHERE "into" <> ''
    UNION ALL
    SELECT warehouse, bucket, sku, out_of, kind, -quantity FROM once WHERE out_of <> ''
    UNION ALL
    SELECT warehouse, bucket, sku, '', kind, value FROM once WHERE value <> 0
    UNION ALL
    SELECT warehouse, bucket, sku, '', 'VARIANCE', variance FROM once WHERE variance <> 0)
GROUP BY warehouse, bucket, sku, place, kind
"""

_FLOWS = """
CREATE TEMP TABLE flows AS
WITH before AS (
    SELECT warehouse, bucket, sku, unnest(map_keys(quantities)) AS place,
           unnest(map_values(quantities)).closing AS opening
    FROM opening
    UNION ALL
    SELECT warehouse, bucket, sku, '', value FROM opening),
sums AS (
    SELECT warehouse, bucket, sku, place,
           sum(incoming)::BIGINT AS incoming, sum(outgoing)::BIGINT AS outgoing
    FROM moved GROUP BY warehouse, bucket, sku, place)
SELECT warehouse, bucket, sku, place, coalesce(opening, 0) AS opening,
       coalesce(opening, 0) + coalesce(incoming, 0) - coalesce(outgoing, 0) AS closing
FROM before FULL JOIN sums USING (warehouse, bucket, sku, place)
"""

_OURS = """
CREATE TEMP TABLE ours AS
SELECT parse_path(filename)[-2] AS warehouse,
       string_split(parse_filename(filename), '.')[1]::INT AS bucket, * EXCLUDE filename
FROM read_json('{root}/closings/{day}/*/*.jsonl.gz', filename = true,
    format = 'newline_delimited', columns = {{
        'sku': 'VARCHAR', 'quantities': 'MAP(VARCHAR, {flow})', 'value': '{flow}'}})
"""

_FLOW = (
    "STRUCT(opening BIGINT, incoming MAP(VARCHAR, BIGINT), outgoing MAP(VARCHAR, BIGINT), "
    "closing BIGINT)"
)

_OUR_PLACES = """
CREATE TEMP TABLE our_places AS
SELECT warehouse, bucket, sku, unnest(map_keys(quantities)) AS place,
       unnest(map_values(quantities)) AS flow
FROM ours
UNION ALL SELECT warehouse, bucket, sku, '', value FROM ours
"""

_OUR_FLOWS = """
SELECT warehouse, bucket, sku, place, flow.opening, flow.closing FROM our_places
"""

_OUR_MOVED = """
SELECT warehouse, bucket, sku, place, kind, sum(incoming)::BIGINT, sum(outgoing)::BIGINT
FROM (
    SELECT warehouse, bucket, sku, place, unnest(map_keys(flow.incoming)) AS kind,
           unnest(map_values(flow.incoming)) AS incoming, 0 AS outgoing
    FROM our_places
    UNION ALL
    SELECT warehouse, bucket, sku, place, unnest(map_keys(flow.outgoing)), 0,
           unnest(map_values(flow.outgoing))
    FROM our_places)
GROUP BY warehouse, bucket, sku, place, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What DuckDB took, what it found, and how many rows of the two results differ."""

    seconds: float
    version: str
    flows: int
    movements: int
    differing: int


def close_and_compare(
    root: Path, day: date, ids: Mapping[tuple[str, int], tuple[int, str]], *, threads: int = 2
) -> Peer:
    """Closes the day once more and compares with the closing files that lie there; `ids` are our
    count and digest of entries by warehouse and bucket.
    """
    # Imported here: it is a tool of this machine, and takes its time.
    import duckdb

    with closing(duckdb.connect()) as database:
        database.execute(f"SET threads = {threads}")
        database.execute(f"SET temp_directory = '{root}/duckdb'")
        started = time.perf_counter()
        _close(database, root, day)
        seconds = time.perf_counter() - started
        differing = _differing(database, root, day)
        theirs = database.execute("SELECT warehouse, bucket, entries, ids FROM ids").fetchall()
        found = {
            (warehouse, bucket): (count, digest) for warehouse, bucket, count, digest in theirs
        }
        differing += sum(found.get(place, (0, "")) != ids[place] for place in ids if ids[place][0])
        return Peer(
            seconds=seconds,
            version=duckdb.__version__,
            flows=_count(database, "flows"),
            movements=_count(database, "moved"),
            differing=differing,
        )


def _close(database: DuckDBPyConnection, root: Path, day: date) -> None:
    before = day - timedelta(days=1)
    for statement in (_LINES, _OPENING, _ONCE, _IDS, _MOVED, _FLOWS):
        database.execute(statement.format(root=root, day=day, before=before))
    for table in ("flows", "moved"):
        target = f"{root}/peer/{day}-{table}"
        Path(target).parent.mkdir(exist_ok=True)
        database.execute(
            f"COPY {table} TO '{target}' (FORMAT parquet, PER_THREAD_OUTPUT true, OVERWRITE true)"
        )


def _differing(database: DuckDBPyConnection, root: Path, day: date) -> int:
    database.execute(_OURS.format(root=root, day=day, flow=_FLOW))
    database.execute(_OUR_PLACES)
    found = 0
    for ours, theirs in ((_OUR_FLOWS, "FROM flows"), (_OUR_MOVED, "FROM moved")):
        for left, right in ((ours, theirs), (theirs, ours)):
            found += _count(database, f"(({left}) EXCEPT ALL ({right}))")
    return found


def _count(database: DuckDBPyConnection, rows: str) -> int:
    answer = database.execute(f"SELECT count(*) FROM {rows}").fetchone()  # noqa: S608 - our own text
    return int(answer[0]) if answer else 0
