"""`make demo` and `make run` as people start them: processes of their own, on ports of their
own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.cloud_settings import ROOT
from local.demo.__main__ import STEPS
from local.processes import port_is_taken
from local.waiting import wait_until
from tests.cloud.site import cloud_environment


@dataclass(frozen=True, kw_only=True)
class Played:
    """A demo that has ended."""

    status: int
    lines: list[str]
    errors: str

    @property
    def counts(self) -> dict[str, object]:
        """The last line."""
        counts: dict[str, object] = json.loads(self.lines[-1])
        return counts


def play(environment: dict[str, str], *arguments: str) -> Played:
    done = subprocess.run(
        [sys.executable, "-m", "local.demo", *arguments],
        cwd=ROOT,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Played(status=done.returncode, lines=done.stdout.splitlines(), errors=done.stderr)


def clean_environment() -> dict[str, str]:
    """A person's environment: without what the tests set for AWS and the app."""
    foreign = ("AWS_", "OMS_", "POWERTOOLS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    if "OMS_CLOUD_PYTHON" in os.environ:
        kept["OMS_CLOUD_PYTHON"] = os.environ["OMS_CLOUD_PYTHON"]
    return kept


def held(played: Played) -> None:
    """Every step was played and every check held."""
    assert played.status == 0, "\n".join([*played.lines[-30:], played.errors])
    assert played.counts["ok"] is True
    # Setting up is a step too.
    assert played.counts["steps"] == len(STEPS) + 1
    ticks = sum(1 for line in played.lines if "✓" in line)
    assert played.counts["checks"] == ticks >= 80


def left_running(folder: Path) -> list[str]:
    """Commands of live processes that name the folder or work in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = (entry / "cwd").readlink()
        except OSError:
            # It has just ended, or is somebody else's.
            continue
        if command and (str(folder) in command or place.is_relative_to(folder)):
            found.append(command)
    return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the runs of this module keep their data."""
    return cloud_environment(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def first_run(kept: dict[str, str]) -> Played:
    return play({**kept, "OMS_CLOUD_AUTH": "true"}, "--fresh")


@pytest.mark.timeout(600)
def test_the_main_job_holds_end_to_end_with_iam_enforced(
    first_run: Played, kept: dict[str, str]
) -> None:
    held(first_run)
    assert left_running(Path(kept["OMS_CLOUD_FOLDER"])) == []


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_a_second_run_works_on_the_kept_data(first_run: Played, kept: dict[str, str]) -> None:
    held(first_run)
    second = play({**kept, "OMS_CLOUD_AUTH": "true"})
    assert any("booked in an earlier run" in line for line in second.lines)
    assert second.status == 0, "\n".join([*second.lines[-30:], second.errors])
    assert second.counts["ok"] is True


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


@pytest.mark.parametrize("setting", ["OMS_CLOUD_PORT", "OMS_WMS_PORT", "OMS_ERP_PORT"])
def test_a_busy_port_gets_a_sentence_and_nothing_is_left_running(
    setting: str, tmp_path: Path
) -> None:
    environment = cloud_environment(tmp_path)
    with taken(int(environment[setting])):
        played = play(environment)
    assert played.status == 2
    (sentence,) = [line for line in played.lines if environment[setting] in line]
    assert "is taken" in sentence
    assert setting in " ".join(played.lines)
    assert "Traceback" not in played.errors
    assert played.counts["ok"] is False
    assert left_running(tmp_path) == []


def test_a_port_that_is_none_gets_a_sentence(tmp_path: Path) -> None:
    played = play({**cloud_environment(tmp_path), "OMS_TAX_PORT": "many"})
    assert played.status == 2
    assert any("OMS_TAX_PORT is 'many'" in line for line in played.lines)


def test_term_ends_make_run_and_everything_it_started(tmp_path: Path) -> None:
    environment = cloud_environment(tmp_path)
    out = tmp_path / "out.txt"
    with out.open("w") as written:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env={**clean_environment(), **environment},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "simulators:" in out.read_text(), "everything is up", seconds=120)
        # Four simulators and the cloud, at least.
        assert len(left_running(tmp_path)) >= 5
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        wait_until(lambda: not left_running(tmp_path), "nothing is left", seconds=60)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
    ports = [int(value) for name, value in environment.items() if name.endswith("_PORT")]
    assert len(ports) == 5
    assert [port for port in ports if port_is_taken("127.0.0.1", port)] == []
    assert "Traceback" not in out.read_text()
