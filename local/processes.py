"""Processes that outlive their starter: found by pid, ended in order, and killed if they won't."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from local.waiting import TooLate, wait_until


def command_line(pid: int) -> str:
    """The command of a live process; empty for a pid that is nobody's or a zombie's."""
    if Path("/proc/self").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace")
    seen = subprocess.run(
        ["ps", "-o", "stat=", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, command = seen.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()


def end(pid: int, *, group: bool = False, seconds: float) -> bool:
    """Asks the process to end (SIGTERM), kills it when it hasn't within `seconds`.

    With `group`, what it left in its process group is killed too. True: it ended by itself.
    """
    clean = _signalled(pid, signal.SIGTERM)
    if clean:
        try:
            wait_until(lambda: not _alive(pid), f"end of process {pid}", seconds=seconds)
        except TooLate:
            clean = False
            _signalled(pid, signal.SIGKILL)
            wait_until(lambda: not _alive(pid), f"death of process {pid}", seconds=10)
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    return clean


def port_is_taken(host: str, port: int) -> bool:
    """Whether a server could not bind there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of an earlier run that are still closing don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


@contextlib.contextmanager
def signals_as_exits() -> Iterator[None]:
    """SIGTERM and SIGINT end the program through `finally`, with the exit status shells expect."""

    def leave(number: int, _frame: FrameType | None) -> None:
        # A second signal must not break into the clean-up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signalled(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _alive(pid: int) -> bool:
    # A child of ours stays a zombie, and so "alive", until it is waited for.
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    # Somebody else's zombie has no command line any more.
    return bool(command_line(pid))
