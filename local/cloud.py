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

from local import processes
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
    "reset",
    "running",
    "start",
    "status",
    "stop",
]


# Python complains of a child that nobody holds.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`pid` is None when nothing of ours runs."""

    pid: int | None
    healthy: bool
    endpoint_url: str


def start(settings: CloudSettings) -> Status:
    """Starts the cloud and returns when it answers; one left over from before is stopped first.

    Raises PortBusy or CloudError; then nothing is left running.
    """
    if not settings.interpreter.exists():
        raise CloudError(
            f"There is no {settings.interpreter}: `make setup` makes the embedded cloud's "
            "virtual environment."
        )
    stop(settings)
    if processes.port_is_taken(HOST, settings.port):
        raise PortBusy(
            f"Port {settings.port} is taken by another program; "
            f"set {PORT_SETTING} to a free port, or stop that program."
        )
    _prepare_folders(settings)
    with settings.log.open("ab") as log:
        process = subprocess.Popen(
            [settings.interpreter, "-m", "ministack"],
            env=_environment(settings),
            cwd=settings.data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
            start_new_session=True,
        )
    _started[process.pid] = process
    try:
        settings.pid_file.write_text(json.dumps({"pid": process.pid, "port": settings.port}))
        _wait_until_healthy(settings, process)
    except BaseException:
        _end(process.pid, settings)
        settings.pid_file.unlink(missing_ok=True)
        raise
    return Status(pid=process.pid, healthy=True, endpoint_url=settings.endpoint_url)


def stop(settings: CloudSettings) -> bool:
    """Stops our cloud if it runs; it saves its state. False: it had to be killed, and didn't."""
    pid = _recorded_pid(settings)
    clean = True
    if pid is not None:
        clean = _end(pid, settings)
    settings.pid_file.unlink(missing_ok=True)
    return clean


def status(settings: CloudSettings) -> Status:
    """What runs now."""
    pid = _recorded_pid(settings)
    return Status(
        pid=pid,
        healthy=pid is not None and answers(settings.endpoint_url),
        endpoint_url=settings.endpoint_url,
    )


def reset(settings: CloudSettings) -> None:
    """Stops the cloud and forgets all of its data."""
    stop(settings)
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


def _end(pid: int, settings: CloudSettings) -> bool:
    clean = processes.end(pid, group=True, seconds=settings.stop_seconds)
    if process := _started.pop(pid, None):
        process.wait(timeout=1)
    return clean


def _prepare_folders(settings: CloudSettings) -> None:
    temporary = settings.data / "tmp"
    # Unpacked function code of a process that was killed; nothing else is kept there.
    shutil.rmtree(temporary, ignore_errors=True)
    for folder in (temporary, settings.data / "state", settings.data / "s3", settings.log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    _move_to_port(settings)
    _forget_stream_positions(settings.data / "state" / "lambda.json")


def _move_to_port(settings: CloudSettings) -> None:
    """Takes the data over when the port has changed since the last run.

    ministack finds queues by their URL, which holds the port, and so do the stack's outputs and
    the functions' environments.
    """
    known = settings.data / "port"
    if known.exists() and (before := known.read_text().strip()) != str(settings.port):
        old, new = (f"://localhost:{port}/" for port in (before, settings.port))
        for path in (settings.data / "state").glob("*.json"):
            if old in (text := path.read_text()):
                path.write_text(text.replace(old, new))
    known.write_text(str(settings.port))


def _forget_stream_positions(path: Path) -> None:
    """Makes stream consumers begin anew after a restart.

    ministack keeps how many records each consumer had read but not the records, so after a restart
    it would skip as many new records as it had ever delivered. What was written but not delivered
    before the stop is gone from the stream; the outbox sweeper sends it.
    """
    if not path.exists():
        return
    state = json.loads(path.read_text())
    positions = state.get("payload", {}).get("dynamodb_stream_positions", {})
    if positions.get("data"):
        positions["data"] = {}
        path.write_text(json.dumps(state))


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
    """The pid in the file, if that process is still the cloud and not a later owner of the pid."""
    try:
        pid = int(json.loads(settings.pid_file.read_text())["pid"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return pid if "ministack" in processes.command_line(pid) else None


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
    if isinstance(result, Status):
        print(f"embedded cloud on {result.endpoint_url}, pid {result.pid}")
    return result if type(result) is int else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
