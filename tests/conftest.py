"""What every test gets: credentials that open nothing, one region, and a moto that is strict and
watched.

The harness is installed before any botocore session is made: its hooks reach only later ones.
"""

import os
from typing import Any

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="ap-northeast-1",
    AWS_REGION="ap-northeast-1",
    POWERTOOLS_SERVICE_NAME="oms",
    POWERTOOLS_METRICS_NAMESPACE="OMS",
    POWERTOOLS_TRACE_DISABLED="true",
)
os.environ.pop("AWS_ENDPOINT_URL", None)


def pytest_configure() -> None:
    # Imported here, because powertools reads the environment above when it is imported.
    from hypothesis import settings

    from tests.harness import outside_calls, strict_moto

    # How long an example takes says nothing on a machine that others use too: bounds are counts.
    settings.register_profile("oms", deadline=None)
    settings.load_profile("oms")

    outside_calls.install()
    strict_moto.install()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    from tests.proofs.summary import print_proofs

    print_proofs(terminalreporter)
