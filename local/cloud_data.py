"""What the embedded cloud keeps on disk, as it has to be before a start."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from pathlib import Path

from local.cloud_settings import CloudError, CloudSettings

_GONE = "tmp.gone-"


def prepare(settings: CloudSettings) -> None:
    """Makes everything ready for a start. Nothing may run on it."""
    temporary = settings.data / "tmp"
    _throw_away(temporary)
    for folder in (temporary, settings.data / "state", settings.data / "s3", settings.log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    _move_to_port(settings)
    _forget_stream_positions(settings.data / "state" / "lambda.json")
    _at_start(settings).write_text(_written(settings))


def _throw_away(temporary: Path) -> None:
    """The unpacked code of functions that ran before: a package for each process, and so a hundred
    thousand files. Nobody waits for them to go; what is left at the end goes next time.
    """
    if temporary.exists():
        temporary.rename(temporary.with_name(f"{_GONE}{uuid.uuid4().hex}"))
    for gone in temporary.parent.glob(f"{_GONE}*"):
        threading.Thread(
            target=shutil.rmtree, args=(gone,), kwargs={"ignore_errors": True}, daemon=True
        ).start()


def lost_its_last_run(settings: CloudSettings) -> bool:
    """Whether the cloud, which doesn't run, ended without writing its state."""
    known = _at_start(settings)
    return known.exists() and known.read_text() == _written(settings)


def _written(settings: CloudSettings) -> str:
    """When the state was written last."""
    times = [path.stat().st_mtime_ns for path in (settings.data / "state").glob("*.json")]
    return str(max(times, default=0))


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
    try:
        state = json.loads(path.read_text())
    except ValueError as error:
        raise CloudError(
            f"{path} is broken ({error}): `make reset` forgets the kept data."
        ) from None
    positions = state.get("payload", {}).get("dynamodb_stream_positions", {})
    if positions.get("data"):
        positions["data"] = {}
        path.write_text(json.dumps(state))


def _at_start(settings: CloudSettings) -> Path:
    """Holds when the state that the last start found was written."""
    return settings.data / "started"
