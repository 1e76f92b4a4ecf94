"""What every test gets: credentials that open nothing, and one region."""

import os

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
