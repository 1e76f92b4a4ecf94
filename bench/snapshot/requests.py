"""What a close asks of the cloud and what that costs: computed from the numbers of its rows by how
`ShardCloser` and `SegmentService` read and write, not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from bench.snapshot.ours import Closed

PAGE = 500
"""Balances that are asked for at once."""

BATCH = 100
LISTED_BYTES = 70
"""An item by which a bucket knows a balance."""

UNIT_BYTES = 4096
MANIFEST_UNITS = 2
"""A manifest's write: below 1 KB, in a transaction."""

STREAMS = 4
"""Shards of the ledger's stream: a new table on demand has so many partitions."""

BATCHES = 288 * STREAMS
"""Batches of a day, one in five minutes and shard."""

MEMORY_GB = 0.5
WAIT_SECONDS_A_REQUEST = 0.010
"""Assumed of AWS, as in `bench.prices`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Requests by service, units, US dollars."""

    s3_reads: int
    s3_writes: int
    dynamodb: int
    read_units: int
    write_units: int
    dollars: float


def asked(closed: Closed, balances: int, prices: Mapping[str, Any]) -> Asked:
    """What gathering and closing a day so asks for."""
    shards = len(closed.shards)
    segments = sum(shard.segments for shard in closed.shards)
    each = ceil(balances / shards)
    pages = ceil(each / PAGE)
    # The run, the run before, the manifest of its shard; is the run closed, and are all shards?
    alone = 2 + 1 + 2
    dynamodb = shards * (alone + pages + ceil(each / BATCH) + 1)
    listed = pages * ceil(PAGE * LISTED_BYTES / UNIT_BYTES)
    read_units = shards * (alone + listed + each)
    write_units = shards * MANIFEST_UNITS
    # A batch is written and read once, and so is a segment; listing costs what a put does.
    s3_reads = BATCHES + segments + shards
    s3_writes = BATCHES + segments + shards + 2 * shards
    # A function of 512 MB has about a third of a CPU.
    waited = WAIT_SECONDS_A_REQUEST * (s3_reads + s3_writes + dynamodb)
    seconds = closed.cpu_seconds * 1769 / 512 + waited
    dollars = (
        read_units * prices["dynamodb"]["read_units_per_million"] / 1e6
        + write_units * prices["dynamodb"]["write_units_per_million"] / 1e6
        + s3_reads * prices["s3"]["gets_per_thousand"] / 1e3
        + s3_writes * prices["s3"]["puts_per_thousand"] / 1e3
        + seconds * MEMORY_GB * prices["lambda"]["gb_second"]
        + (shards + BATCHES) * prices["lambda"]["requests_per_million"] / 1e6
    )
    return Asked(
        s3_reads=s3_reads,
        s3_writes=s3_writes,
        dynamodb=dynamodb,
        read_units=read_units,
        write_units=write_units,
        dollars=round(dollars, 2),
    )
