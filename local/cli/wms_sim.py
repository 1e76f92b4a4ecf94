"""`oms wms-sim`: a warehouse system to try an OMS against, ours or another one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from local.simulators.application import Application
from local.simulators.server import HOST, main
from local.simulators.wms.scenario import load
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.simulator import build

STATE = Path(".local") / "wms-sim"


def wms_sim(
    *,
    api: Annotated[str, typer.Option(metavar="URL", help="Where the OMS takes callbacks.")],
    secret: Annotated[
        str, typer.Option(envvar="WMS_SIM_SECRET", help="Signs both ways; better not typed here.")
    ],
    app_key: Annotated[str, typer.Option(help="app_key in both directions.")],
    customer: Annotated[str, typer.Option(help="customerId in both directions.")],
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 9300,
    warehouse: Annotated[str, typer.Option(help="Its warehouseCode.")] = "WH1",
    owner: Annotated[str, typer.Option(help="ownerCode; the customerId if not given.")] = "",
    seed: Annotated[int, typer.Option(help="Whatever goes wrong by chance repeats with it.")] = 1,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What it does and what goes wrong, in JSON.")
    ] = None,
    state: Annotated[Path, typer.Option(metavar="DIR", help="What it keeps.")] = STATE,
) -> None:
    """A warehouse system that speaks Qimen with any OMS: it takes what it is sent, works on it,
    reports, and misbehaves as told. Runs until Ctrl-C. docs/wms-sim.md says how to use it.

    Example: oms wms-sim --api http://127.0.0.1:8000/wms/WH1/qimen --app-key K1 --customer C1
    --secret "$SECRET" --seed 7 --scenario storm.json
    """
    _require_address(api)
    settings = WarehouseSettings(
        code=warehouse,
        customer_id=customer,
        app_key=app_key,
        secret=secret,
        callback_url=api,
        owner_code=owner,
    )

    def built() -> Application:
        application = build([settings], state, seed=seed, scenario=load(scenario))
        where = f"http://{HOST}:{port or '<port>'}"
        print(
            f"The OMS calls {where}/{warehouse}/qimen; look at {where}/state; Ctrl-C ends it.",
            file=sys.stderr,
        )
        return application

    status = main(built, port=port)
    if status:
        raise typer.Exit(status)


def _require_address(api: str) -> None:
    try:
        parts = urlsplit(api)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise typer.BadParameter(f"--api {api}: an address such as http://host:port/path is wanted")
