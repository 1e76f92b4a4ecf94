"""What `make run`, `make demo` and `make reset` stand on: ports, simulators as processes, who is
told what when something isn't as it should be.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import claims, cloud, processes
from local.cloud_settings import ROOT, CloudError, CloudSettings
from local.demo import keeping
from local.demo.__main__ import main
from local.demo.processes import Simulator, end_left_over, start
from local.demo.watching import PartEnded, Watch
from local.ports import chosen_ports, free_ports
from local.waiting import wait_until
from tests.cloud.site import cloud_environment
from tests.cloud.site import free_ports as ports_now
from tests.local.fake_cloud import environment_of, fake_cloud

ERP = ["--port", "0", "--secret", "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[CloudSettings]:
    made = fake_cloud(tmp_path)
    yield made
    cloud.stop(made)


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[Simulator]:
    started = start("erp", ERP, tmp_path)
    yield started
    started.end()


# --- ports


@pytest.mark.parametrize("text", ["many", "0", "65536", "-1", "²", "9" * 5000, "4566.0"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    for setting in ("OMS_CLOUD_PORT", "OMS_TAX_PORT"):
        with pytest.raises(CloudError, match=f"{setting} is .*: a port from 1 to 65535 is needed"):
            chosen_ports({setting: text})
    with pytest.raises(CloudError, match="OMS_CLOUD_PORT is "):
        CloudSettings.from_environment({"OMS_CLOUD_PORT": text})


def test_two_settings_that_are_one_port_are_named() -> None:
    with pytest.raises(CloudError, match="OMS_TAX_PORT and OMS_SMS_PORT are both 5000"):
        chosen_ports({"OMS_TAX_PORT": "5000", "OMS_SMS_PORT": "5000"})
    with pytest.raises(CloudError, match="OMS_CLOUD_PORT and OMS_ERP_PORT are both 4566"):
        chosen_ports({"OMS_ERP_PORT": "4566"})


def test_ports_to_run_beside_another_run_are_other_ones_and_free() -> None:
    settings = ["OMS_CLOUD_PORT", "OMS_WMS_PORT", "OMS_TAX_PORT", "OMS_SMS_PORT", "OMS_ERP_PORT"]
    chosen = {name: str(20_001 + at) for at, name in enumerate(settings)}
    with socket.socket() as other:
        other.bind(("127.0.0.1", 21_003))
        other.listen()
        assert free_ports(chosen) == {name: 22_001 + at for at, name in enumerate(settings)}


# --- simulators


def test_a_simulator_is_started_watched_and_ended(erp: Simulator, settings: CloudSettings) -> None:
    watch = Watch(settings=settings, simulators=[erp])
    watch.check()
    erp.process.kill()
    wait_until(erp.ended, "it has ended", seconds=5)
    with pytest.raises(PartEnded) as told:
        watch.stay(lambda _: None)
    assert str(told.value) == (
        f"The erp simulator has ended by itself (killed by SIGKILL); see {erp.log}."
    )


def test_a_simulator_that_a_killed_run_has_left_is_ended_by_the_next_one(
    erp: Simulator, tmp_path: Path
) -> None:
    end_left_over(["wms"], tmp_path)
    end_left_over(["erp"], tmp_path / "other")
    assert erp.ended() is None
    end_left_over(["erp"], tmp_path)
    assert erp.ended() == "exit code 0"
    assert not erp.pid_file.exists()


def test_another_process_with_its_number_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "erp.pid").write_text(str(other.pid))
        end_left_over(["erp"], tmp_path)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_simulator_that_doesnt_start_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    for name, arguments in (("erp", ["--port", "0", "--secret", "x"]), ("nothing", [])):
        with pytest.raises(CloudError, match=f"The {name} simulator didn't start; see .*log"):
            start(name, arguments, tmp_path)
        assert not (tmp_path / f"{name}.pid").exists()


# --- the cloud of a run that stays


def test_a_cloud_that_ends_ends_the_run_and_says_so(settings: CloudSettings) -> None:
    cloud.start(settings)
    watch = Watch(settings=settings, simulators=[])
    watch.check()
    pid = cloud.status(settings).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(PartEnded, match=r"The embedded cloud has ended by itself \(killed by"):
        watch.stay(lambda _: None)


def test_a_cloud_that_falls_silent_is_reported_once(settings: CloudSettings) -> None:
    pid = cloud.start(settings).pid
    assert pid is not None
    watch = Watch(
        settings=settings,
        simulators=[],
        look_every_seconds=0.02,
        ask_every_seconds=0.05,
        answer_seconds=0.3,
    )
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        os.kill(pid, signal.SIGCONT if len(said) == 1 else signal.SIGKILL)

    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(PartEnded):
        watch.stay(say)
    assert said == ["The embedded cloud does not answer.", "The embedded cloud answers again."]


def test_the_simulators_forget_a_run_that_the_cloud_has_lost(settings: CloudSettings) -> None:
    memory = settings.folder / "simulators" / "wms"
    assert keeping.begin(settings) is False
    cloud.start(settings)
    memory.mkdir()
    (memory / "orders").write_text("first run")
    cloud.stop(settings)
    assert keeping.begin(settings) is False
    # A start writes into what is kept, too.
    (settings.data / "state" / "lambda.json").write_text(
        '{"payload": {"dynamodb_stream_positions": {"data": {"a": 1}}}}'
    )
    pid = cloud.start(settings).pid
    assert pid is not None
    (memory / "orders").write_text("second run")
    os.kill(pid, signal.SIGKILL)
    cloud.stop(settings)
    assert keeping.begin(settings) is True
    assert (memory / "orders").read_text() == "first run"
    keeping.forget(settings)
    assert not memory.exists()
    assert keeping.begin(settings) is False


# --- the commands


def told(capsys: pytest.CaptureFixture[str]) -> str:
    seen = capsys.readouterr()
    assert "Traceback" not in seen.out + seen.err
    return seen.out + seen.err


def test_a_second_run_in_the_folder_is_told_how_to_run_beside_the_first(
    settings: CloudSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "local.cloud", "run"],
        cwd=ROOT,
        env={**os.environ, **environment_of(settings)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stdout is not None
        first.stdout.readline()
        for name, value in environment_of(settings).items():
            monkeypatch.setenv(name, value)
        assert main([]) == 2
        said = told(capsys)
        assert f"Another run works in {settings.folder}, with its embedded cloud on" in said
        assert f"kill {first.pid}" in said
        assert f"OMS_CLOUD_FOLDER={settings.folder}-2 OMS_CLOUD_PORT=" in said
        assert json.loads(said.splitlines()[-1])["ok"] is False
        assert main(["--forget"]) == 2
        assert f"Another run works in {settings.folder}" in told(capsys)
        assert cloud.status(settings).healthy is True
    finally:
        first.terminate()
        first.wait(20)


def test_to_forget_stops_what_a_killed_run_has_left(
    settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = cloud.start(settings).pid
    assert left is not None
    simulator = start("erp", ERP, settings.folder)
    try:
        # Its owner is gone, but this process still holds the claim.
        claims.give_back(settings)
        for name, value in environment_of(settings).items():
            monkeypatch.setenv(name, value)
        assert main(["--forget"]) == 0
        assert processes.command_line(left) == ""
        assert simulator.ended() == "exit code 0"
        assert not settings.data.exists()
        assert not (settings.folder / "simulators").exists()
    finally:
        simulator.end()


def test_a_folder_that_cant_be_used_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    for name, value in cloud_environment(file).items():
        monkeypatch.setenv(name, value)
    assert main([]) == 2
    assert "This machine can't: " in told(capsys)


def test_a_taken_port_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in cloud_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    (port,) = ports_now(1)
    for setting, whose in (
        ("OMS_CLOUD_PORT", "the embedded cloud"),
        ("OMS_SMS_PORT", "the sms simulator"),
    ):
        with monkeypatch.context() as patch, socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            patch.setenv(setting, str(port))
            assert main([]) == 2
        assert f"Port {port} for {whose} is taken; choose another: {setting}=" in told(capsys)
    assert not (tmp_path / "package").exists()
