"""The boto3 clients, made when first asked for and kept for the life of the container.

Time-outs are short (the defaults of 60 s outlast the API's 29 s), retries are the SDK's standard
ones; what is not safe under the SDK's own retry is marked where it stands.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from chalicelib.aws.settings import Settings

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    # The emulators and one region's endpoints know no account in the host name.
    account_id_endpoint_mode="disabled",
)


_OWN = {
    # Addresses are signed with version 2 else, and S3 reads objects under KMS keys for 4 only.
    "s3": _CONFIG.merge(Config(signature_version="s3v4")),
}
"""Services that need something more."""


class Clients:
    """One client per service, lazily."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = boto3.session.Session(region_name=settings.region)
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(
                service,
                endpoint_url=self._settings.endpoint_url,
                config=_OWN.get(service, _CONFIG),
            )
        return self._made[service]
