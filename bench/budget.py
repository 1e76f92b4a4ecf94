"""What an order may cost: set from the measurement, held by `tests/bench`. Counts, never seconds.

The execution environments are warm (keys, shops, SKUs, rules read a moment ago), every event is an
invocation of its own, and the outbox's relay is counted in.
"""

from __future__ import annotations

DISPATCHED_REQUESTS = 16
"""A two-line order of one warehouse, from POST to accepted by the WMS."""

DISPATCHED_WRITE_UNITS = 50
DISPATCHED_READ_UNITS = 12

SHIPPED_REQUESTS = 144
"""The same order through the whole main job: three process reports, one parcel, posted, costed,
the ERP told, the buyer told, the invoice issued.
"""

SHIPPED_WRITE_UNITS = 240
"""239 measured; 4 of them find the shipments that are accepted and not booked yet, which explains
differences at the close.
"""

PACKAGE_BYTES = 40_000_000
