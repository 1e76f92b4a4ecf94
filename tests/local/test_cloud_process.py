"""The embedded cloud as a process: whose it is, what becomes of it when its owner or it is
killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local import claims, cloud, cloud_data, processes
from local.cloud_settings import ROOT, CloudError, CloudSettings
from local.waiting import wait_until
from tests.cloud.site import free_ports
from tests.local.fake_cloud import environment_of, fake_cloud


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[CloudSettings]:
    made = fake_cloud(tmp_path)
    yield made
    cloud.stop(made)


def running(settings: CloudSettings) -> list[str]:
    """Commands of live processes that name the folder: the cloud's and its functions'."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [line for line in map(processes.command_line, pids) if str(settings.data) in line]


@contextmanager
def owner(settings: CloudSettings) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the cloud up, as `make run` has."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.cloud", "run"],
        cwd=ROOT,
        env={**os.environ, **environment_of(settings)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "Ctrl-C stops it" in process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.wait(20)


def pid_of(settings: CloudSettings) -> int:
    return int(json.loads(settings.pid_file.read_text())["pid"])


def test_it_starts_answers_and_stops_with_everything_it_started(settings: CloudSettings) -> None:
    started = cloud.start(settings)
    assert (started.pid, started.healthy) == (pid_of(settings), True)
    wait_until(lambda: len(running(settings)) == 2, "cloud and function", seconds=5)
    assert cloud.stop(settings) is True
    wait_until(lambda: running(settings) == [], "everything has ended", seconds=5)
    assert not settings.pid_file.exists()
    assert cloud_data.lost_its_last_run(settings) is False


def test_a_second_run_in_the_folder_is_refused_and_the_first_one_goes_on(
    settings: CloudSettings,
) -> None:
    with owner(settings) as first:
        before = pid_of(settings)
        (port,) = free_ports(1)
        for second in (settings, replace(settings, port=port)):
            with pytest.raises(claims.Occupied) as refused:
                cloud.start(second)
            assert f"Another run works in {settings.folder}" in str(refused.value)
            assert settings.endpoint_url in str(refused.value)
            assert f"process {first.pid} (" in str(refused.value)
            assert f"kill {first.pid}" in str(refused.value)
        with pytest.raises(claims.Occupied):
            cloud.reset(settings)
        assert (pid_of(settings), cloud.status(settings).healthy) == (before, True)


def test_what_a_killed_owner_has_left_is_stopped_by_the_next_run(settings: CloudSettings) -> None:
    with owner(settings) as first:
        left = pid_of(settings)
        first.kill()
        first.wait()
        assert cloud.status(settings).pid == left
        started = cloud.start(settings)
    assert started.pid != left
    assert processes.command_line(left) == ""
    wait_until(lambda: len(running(settings)) == 2, "one cloud and its function", seconds=5)


def test_a_pid_that_is_another_process_s_by_now_is_left_alone(settings: CloudSettings) -> None:
    settings.folder.mkdir(parents=True)
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        settings.pid_file.write_text(json.dumps({"pid": other.pid, "port": settings.port}))
        assert cloud.status(settings).pid is None
        cloud.start(settings)
        cloud.stop(settings)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_pid_that_is_the_cloud_of_another_folder_by_now_is_left_alone(
    settings: CloudSettings, tmp_path: Path
) -> None:
    neighbour = fake_cloud(tmp_path / "other")
    cloud.start(neighbour)
    try:
        settings.folder.mkdir(parents=True)
        settings.pid_file.write_text(json.dumps({"pid": pid_of(neighbour), "port": 1}))
        cloud.start(settings)
        cloud.stop(settings)
        assert cloud.status(neighbour).healthy is True
    finally:
        cloud.stop(neighbour)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}'])
def test_a_broken_pid_file_is_no_cloud(settings: CloudSettings, content: str) -> None:
    settings.folder.mkdir(parents=True)
    settings.pid_file.write_text(content)
    assert cloud.status(settings).pid is None


def test_a_killed_cloud_is_noticed_and_its_functions_end_with_the_run(
    settings: CloudSettings,
) -> None:
    cloud.start(settings)
    wait_until(lambda: len(running(settings)) == 2, "cloud and function", seconds=5)
    assert cloud.ended(settings) is None
    os.kill(pid_of(settings), signal.SIGKILL)
    assert wait_until(lambda: cloud.ended(settings), "it is noticed", seconds=5) == (
        "killed by SIGKILL"
    )
    cloud.stop(settings)
    wait_until(lambda: running(settings) == [], "its functions are gone", seconds=5)
    assert cloud_data.lost_its_last_run(settings) is True
    cloud.start(settings)
    cloud.stop(settings)
    assert cloud_data.lost_its_last_run(settings) is False


def test_it_is_stopped_though_its_folder_was_taken_away(settings: CloudSettings) -> None:
    cloud.start(settings)
    settings.pid_file.unlink()
    cloud.stop(settings)
    wait_until(lambda: running(settings) == [], "it is gone", seconds=5)


def test_a_start_that_fails_leaves_nothing_and_claims_nothing(settings: CloudSettings) -> None:
    settings.interpreter.write_text("#!/bin/sh\necho broken\nexit 3\n")
    with pytest.raises(CloudError, match=r"ended; see .*\nbroken"):
        cloud.start(settings)
    assert running(settings) == []
    again = replace(settings, interpreter=settings.interpreter.with_name("none"))
    with pytest.raises(CloudError, match="There is no"):
        cloud.start(again)
    fake_cloud(settings.interpreter.parent)
    with owner(settings):
        assert cloud.status(settings).healthy is True


def test_the_code_of_functions_that_ran_before_goes_while_the_cloud_starts(
    settings: CloudSettings,
) -> None:
    left = settings.data / "tmp" / "ministack-lambda-x"
    left.mkdir(parents=True)
    cloud.start(settings)
    assert not left.exists()
    wait_until(lambda: not list(settings.data.glob("tmp.*")), "it is gone", seconds=5)


def test_kept_data_that_are_broken_are_named(settings: CloudSettings) -> None:
    state = settings.data / "state" / "lambda.json"
    state.parent.mkdir(parents=True)
    state.write_text("{")
    with pytest.raises(CloudError, match=r"lambda.json is broken .*: `make reset` forgets"):
        cloud.start(settings)


# --- claims


def test_a_claim_ends_with_its_with_and_only_the_outermost_gives_it_back(
    settings: CloudSettings,
) -> None:
    with claims.claimed(settings):
        with claims.claimed(settings):
            pass
        assert claims.take(settings) is False
        assert claims.free_folder(settings) == settings.folder.with_name("kept-2")
    with owner(settings):
        pass


def test_a_free_folder_is_one_that_nobody_has_claimed(settings: CloudSettings) -> None:
    second = replace(settings, folder=settings.folder.with_name("kept-2"))
    with claims.claimed(second):
        # A lock that this process has isn't another's, but a folder that is in use all the same.
        assert claims.free_folder(settings) == settings.folder.with_name("kept-3")
    assert claims.free_folder(settings) == settings.folder.with_name("kept-2")
