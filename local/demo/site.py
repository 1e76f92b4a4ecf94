"""Everything the demo needs, up: the embedded cloud with the deployed app, and the simulators as
processes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local import claims, cloud, packaging
from local.cloud_settings import HOST, PORT_SETTING, CloudError, CloudSettings
from local.demo.keeping import begin, forget
from local.demo.processes import Simulator, end_left_over, start
from local.demo.report import Report
from local.deploy import Deployment, deploy, environment_of
from local.environment import write as write_environment
from local.ports import PORTS, chosen_ports, free_ports, setting_of
from local.processes import port_stays_taken

__all__ = ["PORTS", "Site", "forget_all", "simulators", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is up, and where."""

    deployment: Deployment
    environment: Mapping[str, str]
    urls: Mapping[str, str]


@contextlib.contextmanager
def site(report: Report, *, kept: bool) -> Iterator[Site]:
    """Starts it all and ends it all, whatever happens between. `kept`: data stay for the next
    run.
    """
    settings = CloudSettings.from_environment()
    chosen = chosen_ports()
    urls = {name: f"http://{HOST}:{port}" for name, port in chosen.items()}
    with _claimed(settings):
        # What an owner that was killed has left running; it would hold the ports too.
        cloud.end_left_over(settings)
        end_left_over(PORTS, settings.folder)
        _require_free(settings, chosen)
        yield from _up(settings, urls, report, kept=kept)


def forget_all() -> None:
    """Stops what a killed run has left, and forgets what was kept. Raises `Occupied`."""
    settings = CloudSettings.from_environment()
    with claims.claimed(settings):
        end_left_over(PORTS, settings.folder)
        forget(settings)


@contextlib.contextmanager
def _claimed(settings: CloudSettings) -> Iterator[None]:
    with contextlib.ExitStack() as ending:
        try:
            ending.enter_context(claims.claimed(settings))
        except claims.Occupied as occupied:
            beside = {"OMS_CLOUD_FOLDER": _short(claims.free_folder(settings))}
            listed = " ".join(
                f"{name}={value}" for name, value in (beside | (free_ports() or {})).items()
            )
            raise claims.Occupied(
                f"{occupied}\nOr run beside it, with a folder and ports of its own: add\n  {listed}"
            ) from None
        yield


def _short(folder: Path) -> str:
    """As a person in this folder would write it."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _require_free(settings: CloudSettings, chosen: Mapping[str, int]) -> None:
    wanted = {PORT_SETTING: ("the embedded cloud", settings.port)} | {
        setting_of(name): (f"the {name} simulator", port) for name, port in chosen.items()
    }
    for setting, (whose, port) in wanted.items():
        if port_stays_taken(HOST, port):
            raise CloudError(f"Port {port} for {whose} is taken; choose another: {setting}=…")


def _up(
    settings: CloudSettings, urls: Mapping[str, str], report: Report, *, kept: bool
) -> Iterator[Site]:
    report.step("Packaging, starting the embedded cloud, deploying")
    package_dir = settings.folder / "package"
    packaging.package("dev", package_dir, platform=packaging.Platform.HOST)
    report.say(f"packaged: {(package_dir / 'deployment.zip').stat().st_size / 1e6:.1f} MB")
    if not kept:
        forget(settings)
    if begin(settings):
        report.say(
            "the embedded cloud was killed in an earlier run, and kept nothing of it: "
            "everything is as it was before that run"
        )
    with cloud.running(settings):
        report.say(f"the embedded cloud listens on {settings.endpoint_url}")
        deployment = deploy(
            settings,
            package_dir,
            parameters={
                "TaxUrl": f"{urls['tax']}/open/v1/services",
                "SmsUrl": f"{urls['sms']}/",
                "UpstreamUrl": f"{urls['erp']}/stock",
            },
        )
        environment = {**environment_of(deployment), **settings.client_environment()}
        # This process is a caller of the embedded cloud too: its SDK finds it in the environment.
        os.environ.update(environment)
        write_environment(settings.folder / "environment.json", environment)
        report.say(f"deployed: {deployment.api_url}")
        yield Site(deployment=deployment, environment=environment, urls=urls)


@contextlib.contextmanager
def simulators(
    commands: Mapping[str, list[str]], *, folder: Path, report: Report
) -> Iterator[list[Simulator]]:
    """Runs each simulator as a process of its own until the `with` ends."""
    running: list[Simulator] = []
    try:
        for name, arguments in commands.items():
            running.append(start(name, arguments, folder))
        report.say("simulators: " + ", ".join(commands))
        yield running
    finally:
        for each in running:
            each.end()
