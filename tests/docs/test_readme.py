"""The README: short, its links lead somewhere, its commands exist, its lines for a shell sign."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.main import get_command

from chalicelib.kernel.webhooks import verify
from chalicelib.orders.intake import parse_order
from local.cli.application import app
from local.cloud_settings import CloudSettings
from local.demo.site import PORTS

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_of_the_documentation_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:tests/)?\bdocs/[\w/-]+\.(?:md|json|py)\b", page.read_text()))
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_cli_that_is_named_exists(page: Path) -> None:
    root = get_command(app)
    for line in re.findall(r"(?:`|^)\./oms ([a-z][a-z -]*)", page.read_text(), re.MULTILINE):
        command = root
        for word in line.split():
            if not hasattr(command, "commands"):
                break
            assert word in command.commands, f"./oms {line}"
            command = command.commands[word]


def test_the_ports_are_those_that_count() -> None:
    told = dict(re.findall(r"`OMS_(\w+)_PORT` \((\d+)\)", README))
    expected = {"CLOUD": CloudSettings().port, **{name.upper(): at for name, at in PORTS.items()}}
    assert {name: int(port) for name, port in told.items()} == expected


def test_the_lines_for_a_shell_send_an_order_that_is_signed_and_readable(tmp_path: Path) -> None:
    found = re.search(r"<!-- example: post an order -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found
    lines = re.sub(r"^KEY=\S+", f"KEY={KEY}", found[1], flags=re.MULTILINE)
    curl = 'curl() { printf "%s\\0" "$@"; }\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl + lines],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    arguments = done.stdout.decode().split("\0")
    headers = dict(
        value.split(": ", 1)
        for option, value in zip(arguments, arguments[1:], strict=False)
        if option == "-H"
    )
    body = arguments[arguments.index("--data-binary") + 1].encode()
    verify(
        secrets=[KEY],
        message_id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signatures=headers["webhook-signature"],
        body=body,
        now=datetime.now(UTC),
    )
    assert parse_order(body).payable == 11800
    assert headers["oms-client"] == "shop-demo"
