"""The embedded cloud: ministack as a child process, on loopback, with data kept between runs.

    python -m local.cloud start | stop | status | run | reset

It lives in a virtual environment of its own (`requirements-cloud.txt`), since it pins botocore.
Functions run inside it with its whole environment and its interpreter, so it is started with a
bare environment: nobody's AWS profile, proxy or PYTHONPATH reaches the code under test.

It writes its state when it is asked to stop, and only then: a clean stop keeps everything, a
killed process loses what happened since its start (objects in S3 excepted).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from local import claims, cloud_data, processes
from local.cloud_settings import (
    ACCESS_KEY,
    HOST,
    PORT_SETTING,
    CloudError,
    CloudSettings,
    PortBusy,
)
from local.waiting import TooLate, wait_until

__all__ = [
    "CloudError",
    "CloudSettings",
    "PortBusy",
    "Status",
    "answers",
    "end_left_over",
    "ended",
    "reset",
    "running",
    "start",
    "status",
    "stop",
]


# What this process started, by folder: the pid file may be gone, and a child wants to be held.
_started: dict[Path, subprocess.Popen[bytes]] = {}
# Folders that were claimed for a start, and are given back with its end.
_claimed: set[Path] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`pid` is None when nothing of ours runs."""

    pid: int | None
    healthy: bool
    endpoint_url: str


def start(settings: CloudSettings) -> Status:
    """Starts the cloud and returns when it answers; one left over from before, whose owner is
    gone, is stopped first. The folder is claimed until `stop`.

    Raises PortBusy, Occupied or CloudError; then nothing is left running.
    """
    if claims.take(settings):
        _claimed.add(settings.folder)
    try:
        return _start(settings)
    except BaseException:
        _give_back(settings)
        raise


def _start(settings: CloudSettings) -> Status:
    if not settings.interpreter.exists():
        raise CloudError(
            f"There is no {settings.interpreter}: `make setup` makes the embedded cloud's "
            "virtual environment."
        )
    end_left_over(settings)
    if processes.port_stays_taken(HOST, settings.port):
        raise PortBusy(
            f"Port {settings.port} is taken by another program; "
            f"set {PORT_SETTING} to a free port, or stop that program."
        )
    cloud_data.prepare(settings)
    with settings.log.open("ab") as log:
        process = subprocess.Popen(
            [settings.interpreter, "-X", _mark(settings), "-m", "ministack"],
            env=_environment(settings),
            cwd=settings.data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
            start_new_session=True,
        )
    _started[settings.folder] = process
    try:
        settings.pid_file.write_text(json.dumps({"pid": process.pid, "port": settings.port}))
        _wait_until_healthy(settings, process)
    except BaseException:
        end_left_over(settings)
        raise
    return Status(pid=process.pid, healthy=True, endpoint_url=settings.endpoint_url)


def stop(settings: CloudSettings) -> bool:
    """Stops our cloud if it runs; it saves its state. False: it had to be killed, and didn't."""
    try:
        return end_left_over(settings)
    finally:
        _give_back(settings)


def end_left_over(settings: CloudSettings) -> bool:
    """Ends the folder's cloud, whoever started it, with the processes of its functions. False: it
    had to be killed.
    """
    clean = True
    ours = _started.pop(settings.folder, None)
    known = (ours.pid if ours else None, _recorded_pid(settings))
    for pid in {each for each in known if each is not None}:
        if _is_cloud(pid, settings):
            clean = processes.end(pid, group=True, seconds=settings.stop_seconds)
        # Its functions outlive a cloud that was killed.
        processes.end_group(pid, naming=str(settings.data))
    if ours:
        ours.wait(timeout=1)
    settings.pid_file.unlink(missing_ok=True)
    return clean


def ended(settings: CloudSettings) -> str | None:
    """How the cloud that this process started came to its end; None as long as it lives."""
    process = _started.get(settings.folder)
    if process is None or process.poll() is None:
        return None
    return processes.exit_told(process.returncode)


def status(settings: CloudSettings) -> Status:
    """What runs now."""
    recorded = _recorded_pid(settings)
    pid = recorded if recorded is not None and _is_cloud(recorded, settings) else None
    return Status(
        pid=pid,
        healthy=pid is not None and answers(settings.endpoint_url),
        endpoint_url=settings.endpoint_url,
    )


def reset(settings: CloudSettings) -> None:
    """Stops a cloud whose owner is gone, and forgets all of its data. Raises Occupied."""
    with claims.claimed(settings):
        end_left_over(settings)
        shutil.rmtree(settings.data, ignore_errors=True)


def answers(endpoint_url: str, *, seconds: float = 2) -> bool:
    """Whether an embedded cloud, and nothing else, answers there in time."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{endpoint_url}/_ministack/health", timeout=seconds) as answer:
            return "services" in json.load(answer)
    except (OSError, HTTPException, ValueError, TypeError):
        return False


@contextlib.contextmanager
def running(settings: CloudSettings) -> Iterator[Status]:
    """The cloud for the length of a `with`; SIGTERM and SIGINT stop it too."""
    with processes.signals_as_exits():
        try:
            yield start(settings)
        finally:
            stop(settings)


def _give_back(settings: CloudSettings) -> None:
    if settings.folder in _claimed:
        _claimed.remove(settings.folder)
        claims.give_back(settings)


def _environment(settings: CloudSettings) -> dict[str, str]:
    data = settings.data
    return {
        "PATH": os.defpath,
        "HOME": str(data),
        "TMPDIR": str(data / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(settings.port),
        "MINISTACK_REGION": settings.region,
        "AUTH": "true" if settings.enforce_iam else "false",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        # It would open ports of its own for these.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }


def _wait_until_healthy(settings: CloudSettings, process: subprocess.Popen[bytes]) -> None:
    def answers_or_died() -> bool:
        return process.poll() is not None or answers(settings.endpoint_url)

    with contextlib.suppress(TooLate):
        wait_until(answers_or_died, "the embedded cloud", seconds=settings.start_seconds)
    # An answer proves nothing if ours died: then it is somebody else's.
    if process.poll() is None and answers(settings.endpoint_url):
        return
    tail = settings.log.read_text(errors="replace").splitlines()[-5:]
    if any("already in use" in line for line in tail):
        raise PortBusy(
            f"Port {settings.port} was taken while the embedded cloud started; set {PORT_SETTING}."
        )
    what = "ended" if process.poll() is not None else f"is silent after {settings.start_seconds} s"
    raise CloudError(f"The embedded cloud {what}; see {settings.log}:\n" + "\n".join(tail))


def _recorded_pid(settings: CloudSettings) -> int | None:
    try:
        return int(json.loads(settings.pid_file.read_text())["pid"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _is_cloud(pid: int, settings: CloudSettings) -> bool:
    """Whether that process is this folder's cloud, and not a later owner of the pid, which may be
    the cloud of another folder.
    """
    return f"{_mark(settings)} -m ministack" in processes.command_line(pid)


def _mark(settings: CloudSettings) -> str:
    """An option that Python takes and nobody reads: the folder shows in the list of processes."""
    return f"oms={settings.data}"


def _run(settings: CloudSettings) -> None:
    """In the foreground until a signal comes."""
    with running(settings) as cloud:
        print(f"embedded cloud on {cloud.endpoint_url}, Ctrl-C stops it", flush=True)
        signal.pause()


def _report(settings: CloudSettings) -> int:
    now = status(settings)
    state = "healthy" if now.healthy else "silent" if now.pid else "stopped"
    print(f"{state} pid={now.pid or '-'} {now.endpoint_url}")
    return 0 if now.healthy else 1


def main(arguments: list[str]) -> int:
    """The command line; 2 for what the person at the screen has to change."""
    actions = {"start": start, "stop": stop, "reset": reset, "run": _run, "status": _report}
    if len(arguments) != 1 or arguments[0] not in actions:
        print(f"usage: python -m local.cloud {'|'.join(actions)}", file=sys.stderr)
        return 2
    try:
        result = actions[arguments[0]](CloudSettings.from_environment())
    except CloudError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"This machine can't: {error}", file=sys.stderr)
        return 2
    if isinstance(result, Status):
        print(f"embedded cloud on {result.endpoint_url}, pid {result.pid}")
    return result if type(result) is int else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
