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

PORT_SECONDS = 2.0


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


def end_group(group: int, *, naming: str) -> None:
    """Kills what is left of a process group whose leader is gone, if its commands name `naming`:
    numbers are given anew, and another's group isn't ours.
    """
    for pid, command in _members(group):
        if naming in command:
            _signalled(pid, signal.SIGKILL)


def _members(group: int) -> list[tuple[int, str]]:
    """The live processes of a group: pid and command."""
    if Path("/proc/self").exists():
        pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
        return [(pid, command_line(pid)) for pid in pids if _group_of(pid) == group]
    seen = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "pgid=", "-o", "command=", "-ww"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = []
    for line in seen.stdout.splitlines():
        pid, its_group, command = (*line.split(None, 2), "", "")[:3]
        if its_group == str(group):
            found.append((int(pid), command))
    return found


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def exit_told(status: int) -> str:
    """The exit status of a child, in words."""
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


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


def port_stays_taken(host: str, port: int) -> bool:
    """The same, with a moment's patience: a process that has just ended may still hold its port."""
    with contextlib.suppress(TooLate):
        wait_until(lambda: not port_is_taken(host, port), f"port {port}", seconds=PORT_SECONDS)
        return False
    return True


@contextlib.contextmanager
def signals_as_exits() -> Iterator[None]:
    """SIGTERM, SIGINT and SIGHUP (the terminal is closed) end the program through `finally`, with
    the exit status shells expect.
    """
    numbers = [signal.SIGTERM, signal.SIGINT]
    # Under nohup a closed terminal ends nothing.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)

    def leave(number: int, _frame: FrameType | None) -> None:
        # A second signal must not break into the clean-up.
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in numbers}
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
