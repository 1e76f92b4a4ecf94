"""`./oms wms-sim`: starts with a line, ends when asked, and says in a sentence what is wrong."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from local.cli.application import app

ROOT = Path(__file__).parents[2]
GIVEN = [
    *("--api", "http://127.0.0.1:1/wms/WH1/qimen"),
    *("--app-key", "K1", "--customer", "C1", "--secret", "s3cret"),
]


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and what stands on stderr, without the frame around it."""
    result = CliRunner().invoke(app, ["wms-sim", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.stderr.replace("│", " ").split())


def test_it_starts_keeps_its_state_in_its_folder_and_ends_when_asked(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.json"
    stock = [{"item": "TEE", "quantity": 5}]
    scenario.write_text(json.dumps({"stock": stock, "rules": [{"what": "split"}]}))
    command = [sys.executable, "-m", "local.cli", "wms-sim", *GIVEN, "--port", "0"]
    command += ["--state", str(tmp_path / "kept"), "--scenario", str(scenario), "--seed", "7"]
    for _ in range(2):
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with urlopen(f"{url}/state") as answer:
                warehouse = json.load(answer)["warehouses"]["WH1"]
            with urlopen(f"{url}/_sim/rules") as answer:
                rules = json.load(answer)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
        assert [(row["item"], row["quantity"]) for row in warehouse["stock"]] == [("TEE", 5)]
        assert (rules["seed"], [rule["what"] for rule in rules["rules"]]) == (7, ["split"])
    assert (tmp_path / "kept" / "state.sqlite3").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON: "),
        ("[]", "is not a JSON object"),
        ('{"stepps": []}', "stepps: no such field"),
        ('{"steps": "ACCEPT"}', "steps: a list of texts is wanted"),
        ('{"seconds": {"PICK": "soon"}}', "seconds: PICK: a number is wanted"),
        ('{"senders": 0}', "senders: 1 to 32 are wanted"),
        ('{"time": "now"}', "time: a China time such as 2026-11-22 09:30:00 is wanted"),
        ('{"rules": [{"what": "dance"}]}', "what: one of drop_answer, "),
        ('{"stock": [{"item": "TEE"}]}', "stock[0].quantity: a whole number is wanted"),
    ],
)
def test_a_scenario_that_cant_be_used_is_a_sentence(
    tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(content)
    code, told = run(*GIVEN, "--state", str(tmp_path / "s"), "--scenario", str(file))
    assert (code, sentence in told) == (2, True), told


def test_wrong_usage_is_a_sentence(tmp_path: Path) -> None:
    state = ["--state", str(tmp_path / "s")]
    code, told = run(*GIVEN[2:], "--api", "127.0.0.1:8000/wms", *state)
    assert (code, "an address such as http://host:port/path is wanted" in told) == (2, True)
    code, told = run(*GIVEN, *state, "--scenario", str(tmp_path / "nothing.json"))
    assert (code, "can't be read: No such file or directory" in told) == (2, True)
    code, told = run(*GIVEN, "--state", "/dev/null/x")
    assert (code, "The state folder /dev/null/x cannot be made" in told) == (2, True)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, told = run(*GIVEN, *state, "--port", str(other.getsockname()[1]))
        assert (code, "is already in use" in told) == (2, True)
