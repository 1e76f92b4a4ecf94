"""`python -m local.simulators.erp`: runs the upstream receiver."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.simulators.erp.receiver import build
from local.simulators.server import main


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.simulators.erp", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--secret", required=True, help="whsec_ and the key in base64")
    parser.add_argument("--state", type=Path, required=True, help="folder for what it keeps")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    sys.exit(main(lambda: build(given.secret, given.state), port=given.port))
