"""The environment of what is deployed in the embedded cloud, kept for programs that didn't deploy.

`.local/environment.json` is a JSON object of texts: the OMS_* variables that the functions get and
the AWS_* ones by which an SDK reaches the cloud. The local deploy writes it, the CLI reads it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from local.cloud_settings import CloudSettings

NAME = "environment.json"

_OF_OTHERS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""What a person may have set for an AWS account; the embedded cloud has nothing to do with it."""


class NotSetUp(Exception):
    """There is nothing to work on; the text is for the person at the screen."""


def default_path() -> Path:
    """Where the file is unless OMS_CLOUD_FOLDER says otherwise."""
    return CloudSettings.from_environment().folder / NAME


def write(path: Path, variables: Mapping[str, str]) -> None:
    """Writes the file whole or not at all; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(dict(sorted(variables.items())), indent=2) + "\n")
    fresh.replace(path)


def load(path: Path | None = None) -> dict[str, str]:
    """The variables; `NotSetUp` where nothing is deployed, or the file is not of ours."""
    found = path or default_path()
    try:
        variables = json.loads(found.read_text())
    except FileNotFoundError:
        raise NotSetUp(
            "Nothing is deployed here yet: `make run` sets everything up and starts it. "
            "(For a stage on AWS, set OMS_STAGE and the other OMS_* variables.)"
        ) from None
    except (OSError, ValueError) as error:
        raise NotSetUp(f"{found} can't be read ({error}); `make run` writes it anew.") from None
    if not isinstance(variables, dict) or not all(
        isinstance(value, str) for value in variables.values()
    ):
        raise NotSetUp(f"{found} is no object of texts; `make run` writes it anew.")
    return variables


def enter(environ: MutableMapping[str, str] = os.environ, path: Path | None = None) -> bool:
    """Makes the process's environment the deployed one, unless it names a stage already (False)."""
    if environ.get("OMS_STAGE"):
        return False
    variables = load(path)
    for name in _OF_OTHERS:
        environ.pop(name, None)
    environ.update(variables)
    return True
