"""The simulators as processes: started, watched, ended, and found again after their owner was
killed.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local import processes
from local.cloud_settings import ROOT, CloudError

START_SECONDS = 20.0
END_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """One that runs, or did."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    pid_file: Path

    def ended(self) -> str | None:
        """How it came to its end; None as long as it lives."""
        status = self.process.poll()
        return None if status is None else processes.exit_told(status)

    def end(self) -> None:
        """Ends it, and returns when it has ended."""
        processes.end(self.process.pid, seconds=END_SECONDS)
        self.process.wait()
        self.pid_file.unlink(missing_ok=True)


def start(name: str, arguments: list[str], folder: Path) -> Simulator:
    """Starts a simulator and returns when it listens. `CloudError`: it doesn't, and has ended."""
    state, log = _state(name, folder), folder / "logs" / f"{name}.log"
    for each in (state, log.parent):
        each.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"local.simulators.{name}", *arguments, "--state", str(state)]
    with log.open("a") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
            start_new_session=True,
        )
    simulator = Simulator(name=name, process=process, log=log, pid_file=_pid_file(name, folder))
    try:
        simulator.pid_file.write_text(str(process.pid))
        if not _is_ready(process):
            raise CloudError(f"The {name} simulator didn't start; see {log}")
    except BaseException:
        simulator.end()
        raise
    return simulator


def end_left_over(names: Iterable[str], folder: Path) -> None:
    """Ends the simulators of this folder that a killed owner has left running."""
    for name in names:
        pid_file = _pid_file(name, folder)
        try:
            pid = int(pid_file.read_text())
        except (FileNotFoundError, ValueError):
            continue
        # A number may be another process's by now.
        if f"--state {_state(name, folder)}" in processes.command_line(pid):
            processes.end(pid, seconds=END_SECONDS)
        pid_file.unlink(missing_ok=True)


def _is_ready(process: subprocess.Popen[str]) -> bool:
    """Whether it says its one line in time: a JSON object with its address."""
    if process.stdout is None:
        return False
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    try:
        said = json.loads(process.stdout.readline()) if readable else None
    except ValueError:
        return False
    return isinstance(said, dict) and "url" in said


def _state(name: str, folder: Path) -> Path:
    return folder / "simulators" / name


def _pid_file(name: str, folder: Path) -> Path:
    return folder / f"{name}.pid"
