"""What the simulators remember goes back when what the cloud knew is lost.

The embedded cloud keeps what it knows when it is asked to stop, and only then; the simulators keep
every change at once. If the cloud is killed, its next start knows what it knew at its last one, and
warehouses that remember more would contradict every figure. So the simulators' memory is copied at
each start, and taken back where the cloud has lost the run that followed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from local import cloud, cloud_data
from local.cloud_settings import CloudSettings


def begin(settings: CloudSettings) -> bool:
    """To be called before anything starts. True: a run is lost, and this one goes on from before
    it.
    """
    memory = settings.folder / "simulators"
    before = settings.folder / "simulators.before"
    lost = cloud_data.lost_its_last_run(settings)
    if lost and before.exists():
        shutil.rmtree(memory, ignore_errors=True)
        before.rename(memory)
    _copy(memory, before)
    return lost


def forget(settings: CloudSettings) -> None:
    """Neither the cloud nor the simulators know anything any more. Raises Occupied."""
    cloud.reset(settings)
    for name in ("simulators", "simulators.before"):
        shutil.rmtree(settings.folder / name, ignore_errors=True)


def _copy(memory: Path, before: Path) -> None:
    fresh = before.with_suffix(".new")
    for folder in (fresh, before):
        shutil.rmtree(folder, ignore_errors=True)
    memory.mkdir(parents=True, exist_ok=True)
    shutil.copytree(memory, fresh)
    # Under its name it is whole.
    fresh.rename(before)
