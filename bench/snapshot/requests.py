"""What a close asks of the cloud and what that costs: computed from the numbers of its rows by how
`ShardCloser` reads (balances, the index of days, values), not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from bench.snapshot.ours import Closed

PAGE = 500
"""Balances, or entries, that are asked for at once."""

BATCH = 100
ENTRY_BYTES = 580
LISTED_BYTES = 70
"""An item by which a bucket knows a balance."""

UNIT_BYTES = 4096
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
    each, entries = ceil(balances / shards), ceil(closed.entries / shards)
    pages = ceil(each / PAGE)
    # The run, the run before, the manifest of its shard; is the run closed, and are all shards?
    alone = 2 + 1 + 2
    # A value and a variance that most don't have; each is asked for by its key.
    values = 2 * entries
    by_day = ceil(entries / PAGE) + 1
    dynamodb = shards * (alone + pages + ceil(each / BATCH) + by_day + ceil(values / BATCH) + 1)
    listed = pages * ceil(PAGE * LISTED_BYTES / UNIT_BYTES)
    # An index is read at half the price.
    indexed = ceil(entries * ENTRY_BYTES / UNIT_BYTES / 2)
    read_units = shards * (alone + listed + each + indexed + values)
    write_units = shards * MANIFEST_UNITS
    # A function of 512 MB has about a third of a CPU.
    seconds = closed.cpu_seconds * 1769 / 512 + WAIT_SECONDS_A_REQUEST * (2 * shards + dynamodb)
    dollars = (
        read_units * prices["dynamodb"]["read_units_per_million"] / 1e6
        + write_units * prices["dynamodb"]["write_units_per_million"] / 1e6
        + shards * prices["s3"]["gets_per_thousand"] / 1e3
        + shards * prices["s3"]["puts_per_thousand"] / 1e3
        + seconds * MEMORY_GB * prices["lambda"]["gb_second"]
        + shards * prices["lambda"]["requests_per_million"] / 1e6
    )
    return Asked(
        s3_reads=shards,
        s3_writes=shards,
        dynamodb=dynamodb,
        read_units=read_units,
        write_units=write_units,
        dollars=round(dollars, 2),
    )
