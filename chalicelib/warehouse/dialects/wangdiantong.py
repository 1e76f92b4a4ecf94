"""Wangdiantong's WMS (旺店通): Qimen but for a few things.

- Answers name their text `msg`, in both directions.
- stockchange.report has positive quantities by default; the order type tells the direction (QTRK
  in, QTCK out). A change of quality is a QTCK of the old and a QTRK of the new one.
- Quantities are decimal(19,4). `2.0000` is read as 2; ours are whole, so `0.5000` is refused.
- Order types of its own, THYRK (unexpected return) and SCCK (production), and the schedule type 105
  (the second day). They stand in `codes`, and mean the same whoever says them.
- outBizCode is the WMS's own order number and repeats with every part: leave
  `unique_out_biz_code` off.
"""

from __future__ import annotations

from chalicelib.warehouse.dialect import Dialect, Quantities

WANGDIANTONG = Dialect(
    name="wangdiantong",
    title="Wangdiantong (旺店通)",
    elements={"response/message": "msg"},
    stock_changes=Quantities.POSITIVE,
    unverified=(
        "whether failed items and orders of a batch name their text `msg` too: `message` is read "
        "and nothing else",
        "the signs of inventory.report: taken to be Qimen's, plus is a surplus",
        "whether it wants the prefix in calls to it, and which parameters: as Qimen has them",
    ),
)
