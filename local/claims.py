"""One run at a time in a folder: who has it, and how another one fits beside it.

A claim is a lock of the operating system's on a file in the folder, so it ends with its owner,
however that ends. What stands in the file is for people only. Whoever holds the claim may end what
an earlier owner, killed, has left running there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from local import processes
from local.cloud_settings import CloudError, CloudSettings

NAME = "run.lock"

_held: dict[Path, TextIOWrapper] = {}


class Occupied(CloudError):
    """Another process works in the folder; the text says which, and where."""


def take(settings: CloudSettings) -> bool:
    """Claims the folder for this process until `give_back`, or its end. False: it had it already.

    Raises `Occupied`.
    """
    if settings.folder in _held:
        return False
    settings.folder.mkdir(parents=True, exist_ok=True)
    path = settings.folder / NAME
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Occupied(_who(path)) from None
    file.truncate(0)
    about = {
        "pid": os.getpid(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "cloud": settings.endpoint_url,
    }
    file.write(json.dumps(about) + "\n")
    file.flush()
    _held[settings.folder] = file
    return True


def give_back(settings: CloudSettings) -> None:
    """Others may have the folder now."""
    if file := _held.pop(settings.folder, None):
        # The file stays: to delete it would give two processes a lock of the same name.
        file.truncate(0)
        file.close()


@contextlib.contextmanager
def claimed(settings: CloudSettings) -> Iterator[None]:
    """The folder is this process's for the length of a `with`, or of an outer one."""
    taken = take(settings)
    try:
        yield
    finally:
        if taken:
            give_back(settings)


def free_folder(settings: CloudSettings) -> Path:
    """A folder beside this one that nobody has claimed."""
    number = 2
    while True:
        folder = settings.folder.with_name(f"{settings.folder.name}-{number}")
        if not _is_locked(folder / NAME):
            return folder
        number += 1


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _who(path: Path) -> str:
    try:
        about = json.loads(path.read_text("utf-8"))
        pid, since, endpoint = int(about["pid"]), about["since"], about["cloud"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"Another process, which has only begun, works in {path.parent}."
    command = processes.command_line(pid).strip() or "a process that this one may not see"
    return (
        f"Another run works in {path.parent}, with its embedded cloud on {endpoint}: "
        f"process {pid} ({command}), since {since}. "
        f"End it first: Ctrl-C where it runs, or kill {pid}."
    )
