"""Everything the demo needs, up: the embedded cloud with the deployed app, and the simulators as
processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import cloud, packaging
from local.cloud_settings import HOST, CloudError, CloudSettings
from local.demo.report import Report
from local.deploy import Deployment, deploy, environment_of
from local.environment import write as write_environment
from local.processes import end, port_is_taken

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = {"wms": 4571, "tax": 4572, "sms": 4573, "erp": 4574}
"""Where the simulators listen, unless OMS_WMS_PORT, OMS_TAX_PORT, OMS_SMS_PORT, OMS_ERP_PORT say
otherwise.
"""

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is up, and where."""

    deployment: Deployment
    environment: Mapping[str, str]
    urls: Mapping[str, str]


def ports(environ: Mapping[str, str] = os.environ) -> dict[str, int]:
    """The simulators' ports; `CloudError` names a setting that is none."""
    chosen = {}
    for name, default in PORTS.items():
        setting = f"OMS_{name.upper()}_PORT"
        text = environ.get(setting) or str(default)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise CloudError(f"{setting} is {text!r}: a port from 1 to 65535 is needed.")
        chosen[name] = int(text)
    return chosen


@contextlib.contextmanager
def site(report: Report, *, kept: bool) -> Iterator[Site]:
    """Starts it all and ends it all, whatever happens between. `kept`: data stay for the next
    run.
    """
    settings = CloudSettings.from_environment()
    chosen = ports()
    for name, port in chosen.items():
        if port_is_taken(HOST, port):
            setting = f"OMS_{name.upper()}_PORT"
            raise CloudError(
                f"Port {port} for the {name} simulator is taken; choose another: {setting}=…"
            )
    urls = {name: f"http://{HOST}:{port}" for name, port in chosen.items()}
    report.step("Packaging, starting the embedded cloud, deploying")
    package_dir = settings.folder / "package"
    packaging.package("dev", package_dir, platform=packaging.Platform.HOST)
    report.say(f"packaged: {(package_dir / 'deployment.zip').stat().st_size / 1e6:.1f} MB")
    if not kept:
        cloud.reset(settings)
        shutil.rmtree(settings.folder / "simulators", ignore_errors=True)
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
) -> Iterator[None]:
    """Runs each simulator as a process of its own until the `with` ends."""
    running: list[subprocess.Popen[str]] = []
    try:
        for name, arguments in commands.items():
            running.append(_started(name, arguments, folder))
        report.say("simulators: " + ", ".join(commands))
        yield
    finally:
        for process in running:
            end(process.pid, seconds=10)
            process.wait()


def _started(name: str, arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    state, log = folder / "simulators" / name, folder / "logs" / f"{name}.log"
    state.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"local.simulators.{name}", *arguments, "--state", str(state)]
    with log.open("a") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("{"):
        process.wait(START_SECONDS)
        raise CloudError(f"The {name} simulator didn't start; see {log}")
    ready: dict[str, Any] = json.loads(line)
    if "url" not in ready:
        raise CloudError(f"The {name} simulator said {line!r}")
    return process
