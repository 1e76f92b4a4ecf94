"""`python -m local.simulators.wms`: runs the warehouse simulator."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.simulators.application import Application, CannotStart
from local.simulators.server import arguments, main
from local.simulators.wms.settings import WarehouseSettings, load
from local.simulators.wms.simulator import build


def _arguments() -> argparse.Namespace:
    parser = arguments("wms", __doc__)
    parser.add_argument("--config", type=Path, help="JSON file with a list of warehouses")
    parser.add_argument("--warehouse", default="WH1", help="without --config: the only warehouse")
    parser.add_argument("--customer-id", default="")
    parser.add_argument("--app-key", default="")
    parser.add_argument("--secret", default="", help="checks what the OMS sends, signs callbacks")
    parser.add_argument("--owner-code", default="")
    parser.add_argument("--oms-url", default="", help="where callbacks go")
    parser.add_argument("--auto", action="store_true", help="work on orders unasked")
    parser.add_argument("--senders", type=int, default=1, help="callbacks at the same time")
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong by chance")
    return parser.parse_args()


def _warehouses(arguments: argparse.Namespace) -> list[WarehouseSettings]:
    if arguments.config:
        return load(arguments.config)
    if not (arguments.customer_id and arguments.app_key and arguments.secret):
        raise CannotStart("Give --config, or --customer-id, --app-key and --secret.")
    return [
        WarehouseSettings(
            code=arguments.warehouse,
            customer_id=arguments.customer_id,
            app_key=arguments.app_key,
            secret=arguments.secret,
            callback_url=arguments.oms_url,
            owner_code=arguments.owner_code,
        )
    ]


if __name__ == "__main__":
    given = _arguments()

    def _built() -> Application:
        return build(
            _warehouses(given),
            given.state,
            automatic=given.auto,
            seed=given.seed,
            senders=given.senders,
        )

    sys.exit(main(_built, port=given.port))
