"""What a close asks of the cloud and what that costs: computed from the numbers of rows and
segments by how `ShardCloser` reads, not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from bench.snapshot.ours import Closed

BALANCE_PAGE = 500
BATCH = 100
LISTED_BYTES = 70
"""An item by which a bucket knows a balance."""

MANIFEST_UNITS = 2
"""A manifest's write: below 1 KB, in a transaction."""

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
    """What closing a day so asks for."""
    shards = len(closed.shards)
    each = ceil(balances / shards)
    pages = ceil(each / BALANCE_PAGE)
    # The run, the run before, the manifest of its shard; is it closed, and are all?
    alone = 2 + 1 + 2
    # One page after the other: who is there, and their balances, a hundred a request.
    listed = pages * ceil(BALANCE_PAGE * LISTED_BYTES / 4096)
    s3_reads = sum(shard.segments for shard in closed.shards) + shards
    dynamodb = shards * (alone + pages + ceil(each / BATCH) + 1)
    read_units = balances + shards * (alone + listed)
    write_units = shards * MANIFEST_UNITS
    requests = s3_reads + 3 * shards + dynamodb
    # A function of 512 MB has about a third of a CPU.
    seconds = closed.cpu_seconds * 1769 / 512 + WAIT_SECONDS_A_REQUEST * requests
    dollars = (
        read_units * prices["dynamodb"]["read_units_per_million"] / 1e6
        + write_units * prices["dynamodb"]["write_units_per_million"] / 1e6
        + s3_reads * prices["s3"]["gets_per_thousand"] / 1e3
        # A close lists the segments of a day and of the next one at the price of a put.
        + 3 * shards * prices["s3"]["puts_per_thousand"] / 1e3
        + seconds * MEMORY_GB * prices["lambda"]["gb_second"]
        + shards * prices["lambda"]["requests_per_million"] / 1e6
    )
    return Asked(
        s3_reads=s3_reads,
        s3_writes=3 * shards,
        dynamodb=dynamodb,
        read_units=read_units,
        write_units=write_units,
        dollars=round(dollars, 4),
    )
