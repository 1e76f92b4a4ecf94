"""`make bench-tryton`: both sides on the same moves; the last line is one JSON object."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.tryton.moves import MOVES, ONE, PAST, SKUS, moves, write
from bench.tryton.ours import Measured, Ours
from local.cloud_settings import ROOT

SETTINGS = {"DB_NAME": ":memory:", "TRYTOND_DATABASE_URI": "sqlite://"}
TRYTON = ROOT / ".venv-tryton" / "bin" / "python"


def main(arguments: list[str]) -> int:
    """0: measured, and both sides agree. 1: they don't."""
    parser = argparse.ArgumentParser(prog="python -m bench.tryton", description=__doc__)
    parser.add_argument("--moves", type=int, default=MOVES)
    parser.add_argument("--skus", type=int, default=SKUS)
    given = parser.parse_args(arguments)
    print(f"Tryton: {given.moves} moves of {given.skus} SKUs …", flush=True)
    theirs = _theirs(given.moves, given.skus)
    print("ours: the same moves, each of 30 nights closed …", flush=True)
    ours = _ours(given.moves, given.skus)
    agree = (
        theirs["skus"] == ours.skus
        and theirs["pieces"] == ours.pieces
        and abs(Decimal(theirs["unit_cost"]) - Decimal(ours.unit_cost)) < Decimal("0.01")
    )
    rows = (
        ("stock of all SKUs three days ago", theirs["closing_seconds"], ours.closing_seconds),
        (
            "the same, the day closed at Tryton too",
            theirs["closing_after_period_seconds"],
            ours.closing_seconds,
        ),
        ("cost of one SKU anew", theirs["cost_seconds"], ours.cost_seconds),
    )
    for what, their_seconds, our_seconds in rows:
        ratio = their_seconds / our_seconds
        print(f"{what}: Tryton {their_seconds:.3f} s, ours {our_seconds:.3f} s, {ratio:.1f} times")
    print(f"both: {ours.pieces} pieces; {ONE} costs {theirs['unit_cost']} and {ours.unit_cost}")
    figures = {"moves": given.moves, "skus": given.skus, "agree": agree}
    print(json.dumps(figures | {"tryton": theirs, "ours": asdict(ours)}))
    return 0 if agree else 1


def _theirs(count: int, skus: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="oms-bench-") as folder:
        file = Path(folder) / "moves.csv"
        write(file, count, skus)
        script = Path(__file__).with_name("theirs.py")
        command = [str(TRYTON), str(script), str(file), str(skus), PAST.isoformat()]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, cwd=folder, env=SETTINGS, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ours(count: int, skus: int) -> Measured:
    side = Ours()
    for day, of_day in groupby(moves(count, skus), key=lambda move: move.day):
        side.live(day, list(of_day))
    return side.measured(PAST, ONE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
