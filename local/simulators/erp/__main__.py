"""`python -m local.simulators.erp`: runs the upstream receiver."""

from __future__ import annotations

import argparse
import sys

from local.simulators.erp.receiver import build
from local.simulators.server import arguments, main


def _arguments() -> argparse.Namespace:
    parser = arguments("erp", __doc__)
    parser.add_argument("--secret", required=True, help="whsec_ and the key in base64")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    sys.exit(main(lambda: build(given.secret, given.state), port=given.port))
