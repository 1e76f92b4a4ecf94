"""`make demo` plays the main job and ends; `make run` (`--stay`) stays up afterwards."""

from __future__ import annotations

import argparse
import sys
import uuid
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from chalicelib.aws.settings import read_settings
from chalicelib.bootstrap import Container
from chalicelib.kernel.errors import Unavailable
from local.cloud_settings import CloudError
from local.demo import goods, selling, settling
from local.demo.api import Api, ApiFailure
from local.demo.peers import Peer, Wms
from local.demo.play import SHOP, Play
from local.demo.report import CheckFailed, Report
from local.demo.site import Site, forget_all, simulators, site
from local.demo.watching import PartEnded, Watch
from local.packaging import PackagingFailed
from local.processes import signals_as_exits
from local.screen import show_everything
from local.seeding import Seeded, seed, simulator_commands
from local.stack import DeployFailed

STEPS = (
    goods.master_data,
    goods.purchase,
    selling.place,
    selling.review,
    selling.dispatch,
    selling.ship,
    settling.notices,
    settling.invoice,
    settling.cancel,
    settling.close,
    settling.trace,
)


def main(arguments: list[str]) -> int:
    """0: every check held. 1: one didn't, or something that has to run has ended. 2: it couldn't
    start.
    """
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="stay up until Ctrl-C")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier runs")
    parser.add_argument("--forget", action="store_true", help="do only that")
    given = parser.parse_args(arguments)
    if given.forget:
        return _forget()
    show_everything()
    console = Console(soft_wrap=True)
    report = Report(console)
    try:
        with signals_as_exits(), site(report, kept=not given.fresh) as up:
            return _play(up, report, console, stay=given.stay)
    except PartEnded as failure:
        status, sentence = 1, str(failure)
    except (CloudError, DeployFailed, PackagingFailed) as failure:
        status, sentence = 2, str(failure)
    except (BotoCoreError, ClientError, Unavailable) as failure:
        status, sentence = 2, f"The embedded cloud failed: {failure}"
    except OSError as failure:
        # Such as a folder that can't be written, or a full disk.
        status, sentence = 2, f"This machine can't: {failure}"
    console.print(sentence, style="red", highlight=False, markup=False)
    print(report.last_line(ok=False))
    return status


def _forget() -> int:
    try:
        forget_all()
    except CloudError as failure:
        print(failure, file=sys.stderr)
        return 2
    return 0


def _play(up: Site, report: Report, console: Console, *, stay: bool) -> int:
    container = Container(read_settings(up.environment))
    folder = up.deployment.settings.folder
    seeded = seed(container, urls=up.urls, api_url=up.deployment.api_url)
    commands = simulator_commands(seeded, up.urls, folder)
    with simulators(commands, folder=folder, report=report) as running:
        watch = Watch(settings=up.deployment.settings, simulators=running)
        play = _new_play(up, report, seeded, container)
        ok = _steps(play, watch, console)
        if stay:
            _tell(console, up, seeded, play)
            watch.stay(lambda text: console.print(text, highlight=False))
    print(report.last_line(ok=ok))
    return 0 if ok else 1


def _steps(play: Play, watch: Watch, console: Console) -> bool:
    """Whether every check held. Raises `PartEnded` where that is why one didn't."""
    try:
        for step in STEPS:
            step(play)
    except (CheckFailed, ApiFailure) as failure:
        watch.check()
        console.print(Text("   ✗  ", style="red"), failure, highlight=False, markup=False)
        return False
    except Exception:
        watch.check()
        # The entry point: whatever else goes wrong is a failed play with its traceback.
        console.print_exception()
        return False
    return True


def _new_play(up: Site, report: Report, seeded: Seeded, oms: Container) -> Play:
    run = datetime.now(UTC).strftime("%H%M%S") + uuid.uuid4().hex[:4]
    return Play(
        api=Api(url=up.deployment.api_url, token=seeded.tokens["operator"]),
        wms=Wms(url=up.urls["wms"]),
        tax=Peer(url=up.urls["tax"]),
        sms=Peer(url=up.urls["sms"]),
        erp=Peer(url=up.urls["erp"]),
        report=report,
        secrets=seeded.client_secrets,
        run=run,
        deployment=up.deployment,
        oms=oms,
        closing_time=datetime.now(UTC) + timedelta(days=1),
    )


def _tell(console: Console, up: Site, seeded: Seeded, play: Play) -> None:
    url, token = up.deployment.api_url, seeded.tokens["operator"]
    number = play.known.get("order", "ORDER")
    console.print(
        f"""
[bold]It stays up until Ctrl-C.[/bold]
API     {url}
shop    {SHOP}, key {seeded.client_secrets[SHOP]}
token   {token}

Try:
  export OMS={url} TOKEN={token}
  curl -s $OMS/v1/orders/{number} -H "Authorization: Bearer $TOKEN"
  curl -s $OMS/v1/orders/{number}/track -H "Authorization: Bearer $TOKEN"
  ./oms trace {number}
  ./oms order post --shop {SHOP} --sku TEE-WHITE-M --quantity 2
""",
        highlight=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
