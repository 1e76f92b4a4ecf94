"""Where the embedded cloud runs, where it keeps things, and how a client reaches it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
ACCESS_KEY = "test"
PORT_SETTING = "OMS_CLOUD_PORT"
CLOUD_PORT = 4566
"""Where the embedded cloud listens, unless OMS_CLOUD_PORT says otherwise."""


class CloudError(Exception):
    """The embedded cloud can't be started or stopped; the text is for the person at the screen."""


class PortBusy(CloudError):
    """Somebody else listens on the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSettings:
    """Where and how the embedded cloud runs. `folder` holds its data, log and pid file."""

    interpreter: Path = ROOT / ".venv-cloud" / "bin" / "python"
    folder: Path = ROOT / ".local"
    port: int = CLOUD_PORT
    region: str = "ap-northeast-1"
    enforce_iam: bool = False
    start_seconds: float = 60
    stop_seconds: float = 60

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> CloudSettings:
        """OMS_CLOUD_PORT, OMS_CLOUD_PYTHON, OMS_CLOUD_FOLDER, OMS_CLOUD_AUTH; else the defaults."""
        defaults = cls()
        return cls(
            interpreter=Path(environ.get("OMS_CLOUD_PYTHON") or defaults.interpreter),
            folder=Path(environ.get("OMS_CLOUD_FOLDER") or defaults.folder).absolute(),
            port=port_of(environ, PORT_SETTING, defaults.port),
            enforce_iam=environ.get("OMS_CLOUD_AUTH", "").lower() in {"1", "true", "yes"},
        )

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "cloud"

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "cloud.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "cloud.pid"

    def client_environment(self) -> dict[str, str]:
        """What a process needs in its environment for its SDK to talk to this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
        }


def port_of(environ: Mapping[str, str], setting: str, default: int) -> int:
    """The port that a setting names; `CloudError` for one that is none."""
    text = environ.get(setting) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536):
        raise CloudError(f"{setting} is {text!r}: a port from 1 to 65535 is needed.")
    return int(text)


def client(settings: CloudSettings, service: str) -> Any:
    """A boto3 client of the embedded cloud, with the rights of its root.

    Nobody's AWS profile, credentials or proxy reach it.
    """
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    session: Any = boto3.session.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        region_name=settings.region,
        botocore_session=core,
    )
    return session.client(
        service,
        endpoint_url=settings.endpoint_url,
        config=Config(
            account_id_endpoint_mode="disabled",
            proxies={},
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )
