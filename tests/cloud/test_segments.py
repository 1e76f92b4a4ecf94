"""The ledger's stream really brings what was costed, and a gathering finds it."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.aws.settings import Settings
from chalicelib.bootstrap import Container
from chalicelib.kernel.clock import SystemClock, business_date
from chalicelib.stock.segments import LinesBySku, folder, read_segment
from local.seeding import EAST
from tests.cloud.site import Site


class Later:
    """The clock of somebody who looks five minutes later."""

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(minutes=5)


def lines_of(settings: Settings, sku: str, bucket: int) -> list[tuple[str, int, str]]:
    """What the segments of today say of a SKU: kind, pieces, inventory type."""
    later = Container(settings, clock=Later())
    later.segments.gather()
    found: LinesBySku = {}
    today = business_date(SystemClock().now())
    for name in later.files.names(folder(EAST, bucket, today)):
        read_segment(later.files.get(name) or b"", today, found)
    return [(line.kind, line.quantity, line.into) for line in found.get(sku, {}).values()]


def test_what_was_costed_comes_into_the_segment_of_its_place_and_day(site: Site) -> None:
    sku = site.stocked(7)
    bucket = site.oms.catalog.sku(sku).bucket
    lines = site.until(
        lambda: lines_of(site.oms.settings, sku, bucket), "its line stands in a segment"
    )
    assert [(pieces, into) for _, pieces, into in lines] == [(7, "ZP")]
