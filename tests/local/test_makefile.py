"""The Makefile where something is missing, or still runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from local.cloud_settings import ROOT


def made(folder: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A target of the Makefile, in a folder where nothing else is."""
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-cloud.txt"):
        (folder / name).touch()
    return subprocess.run(
        ["make", target],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_python_make_says_so_and_does_nothing(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("make", "sh", "touch", "sed"):
        found = next(each for each in os.environ["PATH"].split(":") if (Path(each) / name).exists())
        (tools / name).symlink_to(Path(found) / name)
    project = tmp_path / "project"
    project.mkdir()
    done = made(project, "run", PATH=str(tools))
    assert done.returncode == 2
    assert done.stdout == (
        "Python 3.11 is needed (found: none); say where: make PYTHON=/path/to/python3.11\n"
    )
    assert not (project / ".venv").exists()


def test_reset_takes_nothing_away_from_a_run_that_lives(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / ".venv" / "ready").touch()
    (tmp_path / ".local").mkdir()
    for status, kept in ((2, True), (0, False)):
        python.write_text(f"#!/bin/sh\necho $@\nexit {status}\n")
        python.chmod(0o755)
        done = made(tmp_path, "reset")
        assert done.stdout.startswith("-m local.demo --forget\n")
        assert (done.returncode != 0, (tmp_path / ".local").exists()) == (kept, kept)
