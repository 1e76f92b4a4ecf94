"""The examples of `docs/wms.md` sign rightly; `docs/wms-sim.md` tells what the simulator does."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request

from typer.main import get_command

from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.messagetype import Direction
from chalicelib.warehouse.signing import sign
from local.cli.application import app
from local.simulators.wms.rules import WHATS
from local.simulators.wms.scenario import scenario_of

ROOT = Path(__file__).resolve().parent.parent.parent
WMS = (ROOT / "docs/wms.md").read_text()
SIMULATOR = (ROOT / "docs/wms-sim.md").read_text()
ERRORS = (ROOT / "docs/errors.md").read_text()
SECRET = "oms-demo-secret-0123456789"


def example(page: str, name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)\n```", page, re.DOTALL)
    assert found, name
    return found[1]


def is_signed(url: str, body: bytes) -> bool:
    query = parse_qsl(urlsplit(url).query)
    given = dict(query)
    wanted = sign(
        [(name, value) for name, value in query if name != "sign"],
        body,
        secret=SECRET,
        method="md5",
    )
    return given["sign"] == wanted


def test_the_lines_for_a_shell_send_a_message_that_is_signed(tmp_path: Path) -> None:
    curl = 'curl() { printf "%s\\0" "$@"; }\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl + example(WMS, "shell")],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    url = done.stdout.decode().split("\0")[-2]
    assert url.startswith("https://oms.invalid/wms/WH1/qimen?")
    assert is_signed(url, (tmp_path / "body.xml").read_bytes())


def test_the_lines_of_python_sign_too() -> None:
    names: dict[str, object] = {}
    exec(compile(example(WMS, "python"), "docs/wms.md", "exec"), names)  # noqa: S102 - our page
    signed = names["signed"]
    assert callable(signed)
    request = signed("entryorder.confirm", "<request>收货</request>".encode())
    assert isinstance(request, Request)
    assert isinstance(request.data, bytes)
    assert is_signed(request.full_url, request.data)


def test_every_code_of_the_short_list_is_in_the_long_one() -> None:
    table = WMS.partition("| code | do |")[2].partition("\n\n")[0]
    codes = re.findall(r"`([a-z_]+)`", re.sub(r"\| [^|]*\|$", "", table, flags=re.MULTILINE))
    assert len(codes) >= 15
    assert [code for code in codes if f"`{code}`" not in ERRORS] == []


def test_the_scenario_shown_is_one() -> None:
    assert len(scenario_of(json.loads(example(SIMULATOR, "scenario"))).rules) == 5


def test_every_rule_and_every_message_it_sends_is_listed() -> None:
    rules = SIMULATOR.partition("## What goes wrong")[2].partition("## Control")[0]
    assert re.findall(r"^\| `([a-z_]+)` \|", rules, re.MULTILINE) == list(WHATS)
    sends = SIMULATOR.partition("<!-- example: sends -->")[2]
    listed = set(re.findall(r"^\| `([a-z.]+)` \|", sends, re.MULTILINE))
    assert listed == {
        method for method, each in CATALOGUE.items() if each.direction is Direction.UP
    }


def test_the_command_shown_has_these_options() -> None:
    command = getattr(get_command(app), "commands")["wms-sim"]  # noqa: B009 - a group's
    known = {name for parameter in command.params for name in parameter.opts}
    shown = set(re.findall(r"--[a-z-]+", example(SIMULATOR, "start")))
    assert shown <= known
    assert {"--port", "--api", "--app-key", "--customer", "--seed", "--scenario"} <= shown
