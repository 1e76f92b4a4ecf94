"""The command line: queues, dead letters, and where it works."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib import bootstrap
from local import environment
from local.cli.application import app
from tests.fakes.cloud import moto_cloud
from tests.local.cli_world import Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


# --- queues


def dead_letters(stage: Stage, queue: str, *bodies: str) -> str:
    """A queue with a place for dead letters, and some in it; the URL of that place."""
    sqs, url = stage.oms.clients["sqs"], stage.oms.settings.queue_urls[queue]
    dead = str(sqs.create_queue(QueueName=f"oms-test-{queue}-dead-letters")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 5}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    for body in bodies:
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    return dead


def taken(stage: Stage, url: str) -> list[str]:
    sqs = stage.oms.clients["sqs"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(message["Body"] for message in found)


def test_a_redrive_brings_every_dead_letter_home(stage: Stage) -> None:
    dead = dead_letters(stage, "posting", *(f"event-{n}" for n in range(12)))
    assert stage.json("redrive", "posting") == {"queue": "posting", "moved": 12, "failed": 0}
    depth = stage.oms.queues.depth("posting")
    assert (depth.waiting, depth.dead) == (12, 0)
    assert taken(stage, dead) == []
    assert "0 dead letters given to posting again" in stage.done("redrive", "posting")


def test_a_redrive_keeps_to_its_limit(stage: Stage) -> None:
    dead_letters(stage, "posting", "a", "b", "c")
    assert stage.json("redrive", "posting", "--limit", "2")["moved"] == 2
    depth = stage.oms.queues.depth("posting")
    assert (depth.waiting, depth.dead) == (2, 1)


def test_a_redrive_of_a_queue_that_is_none_is_refused(stage: Stage) -> None:
    result = stage.run("redrive", "letters")
    assert result.exit_code == 1
    assert "[unknown_queue]" in result.stderr
    assert "[no_dead_letters]" in stage.run("redrive", "costing").stderr


def test_queues_shows_depths_and_what_the_outbox_still_holds(stage: Stage) -> None:
    dead_letters(stage, "posting", "a")
    stage.opened()
    found = stage.json("queues")
    by_queue = {each["queue"]: each for each in found["queues"]}
    assert len(by_queue) == 8
    assert by_queue["posting"]["dead"] == 1
    assert found["outbox"]["events"] > 0
    assert found["outbox"]["oldest"] == "2026-11-22T01:30:00.000Z"
    assert "Outbox: " in stage.done("queues")


# --- where the command line works


def test_without_anything_deployed_it_says_so_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OMS_STAGE", raising=False)
    monkeypatch.setenv("OMS_CLOUD_FOLDER", str(tmp_path))
    result = CliRunner().invoke(app, ["queues"])
    assert result.exit_code == 2
    assert result.stderr.startswith("Nothing is deployed here yet: `make run` sets everything up")


def test_a_stage_without_its_settings_is_named_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMS_STAGE", "prod")
    monkeypatch.delenv("OMS_TABLE_DOCUMENTS", raising=False)
    bootstrap.reset()
    result = CliRunner().invoke(app, ["queues"])
    assert (result.exit_code, result.stderr) == (2, "OMS_TABLE_DOCUMENTS is not set\n")


def test_a_cloud_that_is_down_is_a_sentence_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with moto_cloud() as cloud:
        known = {**cloud.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    # Registered with monkeypatch, since the command line will set them for its process.
    for name in known:
        monkeypatch.setenv(name, "")
    environment.write(tmp_path / "environment.json", known)
    monkeypatch.setenv("OMS_CLOUD_FOLDER", str(tmp_path))
    bootstrap.reset()
    try:
        result = CliRunner().invoke(app, ["stock", "WH-EAST"])
    finally:
        bootstrap.reset()
    assert result.exit_code == 2
    assert result.stderr.startswith("The cloud can't be reached:")


def test_the_wrapper_says_plainly_that_nothing_is_set_up(tmp_path: Path) -> None:
    wrapper = tmp_path / "oms"
    wrapper.write_bytes((Path(__file__).parents[2] / "oms").read_bytes())
    wrapper.chmod(0o755)
    done = subprocess.run([wrapper, "queues"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"The OMS isn't set up here: run `make setup` in {tmp_path} first.\n"


def test_the_wrapper_runs_the_command_line_with_what_it_was_given(tmp_path: Path) -> None:
    wrapper, python = tmp_path / "oms", tmp_path / ".venv" / "bin" / "python"
    wrapper.write_bytes((Path(__file__).parents[2] / "oms").read_bytes())
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s|" "$@" "$PYTHONPATH"\n')
    (tmp_path / ".venv" / "ready").touch()
    for file in (wrapper, python):
        file.chmod(0o755)
    done = subprocess.run(
        [wrapper, "trace", "a b", ""],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout == f"-P|-m|local.cli|trace|a b||{tmp_path}|"


def test_the_environment_is_kept_for_its_owner_only_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "environment.json"
    environment.write(path, {"OMS_STAGE": "dev", "AWS_REGION": "ap-northeast-1"})
    environment.write(path, {"OMS_STAGE": "dev"})
    assert path.stat().st_mode & 0o077 == 0
    assert environment.load(path) == {"OMS_STAGE": "dev"}
    assert [each.name for each in path.parent.iterdir()] == ["environment.json"]


def test_a_named_stage_is_left_as_it_is_and_a_local_one_forgets_foreign_credentials(
    tmp_path: Path,
) -> None:
    path = tmp_path / "environment.json"
    environment.write(path, {"OMS_STAGE": "dev", "AWS_ACCESS_KEY_ID": "test"})
    named = {"OMS_STAGE": "prod", "AWS_PROFILE": "mine"}
    environment.enter(named, path)
    assert named == {"OMS_STAGE": "prod", "AWS_PROFILE": "mine"}
    local = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "x", "AWS_ACCESS_KEY_ID": "AKIA"}
    environment.enter(local, path)
    assert local == {"OMS_STAGE": "dev", "AWS_ACCESS_KEY_ID": "test"}


def test_an_environment_file_that_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    for text in ("{", "[]", '{"OMS_STAGE": 1}'):
        path.write_text(text)
        with pytest.raises(environment.NotSetUp, match="`make run` writes it anew"):
            environment.load(path)
