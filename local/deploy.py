"""Deploys the packaged template to the embedded cloud, by CloudFormation, as AWS would be.

    python -m local.deploy build/dev [Parameter=value ...]

Deploying again updates what is there and keeps its data; unchanged, it does nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local import adapting
from local.cloud import status
from local.cloud_settings import CloudError, CloudSettings, client
from local.packaging import ZIP_NAME
from local.stack import DeployBucket, DeployFailed, Stack

STACK = "oms"
API_ID = "oms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What was deployed. The mappings go from logical names of the template to physical ones.

    `api_url` has no slash at its end: routes are appended (`api_url + "/v1/orders"`).
    `changed` is False when everything was as the template says already.
    """

    settings: CloudSettings
    api_id: str
    api_url: str
    outputs: Mapping[str, str]
    functions: Mapping[str, str]
    tables: Mapping[str, str]
    queues: Mapping[str, str]
    buckets: Mapping[str, str]
    secrets: Mapping[str, str]
    log_groups: Mapping[str, str]
    changed: bool

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded cloud, with the rights of its root."""
        return client(self.settings, service)


def deploy(
    settings: CloudSettings,
    package_dir: Path,
    *,
    parameters: Mapping[str, str] | None = None,
    seconds: float = 180,
) -> Deployment:
    """Makes or updates the stack from `package_dir` (sam.json or sam.yaml, deployment.zip).

    `parameters` are the template's; the ones left out have their defaults. Raises DeployFailed
    with the events that failed; CloudFormation has rolled back then.
    """
    # Equal sources make equal zips (`local.packaging`), and so no change.
    objects = DeployBucket(settings)
    code = objects.put((package_dir / ZIP_NAME).read_bytes(), "zip")
    template = adapting.adapted(
        _read_template(package_dir),
        code_uri=f"s3://{DeployBucket.NAME}/{code}",
        api_id=API_ID,
    )
    stack = Stack(settings, STACK, parameters=parameters, seconds=seconds)
    deployed = stack.deployed_template()
    if deployed is None:
        stack.create(template)
        changed = True
    else:
        if adapting.api_changed(template, deployed):
            stack.update(adapting.without_api(template, API_ID))
        changed = stack.update(template)
    objects.keep_only(code)
    _settle(settings, template, stack.resources())
    return describe(settings, changed=changed)


def describe(settings: CloudSettings, *, changed: bool = False) -> Deployment:
    """What is deployed now, for a program that didn't deploy it. Raises DeployFailed: nothing."""
    stack = Stack(settings, STACK)
    if stack.deployed_template() is None:
        raise DeployFailed("Nothing is deployed in the embedded cloud yet.")
    by_type: dict[str, dict[str, str]] = {}
    for logical, (kind, physical) in stack.resources().items():
        by_type.setdefault(kind, {})[logical] = physical
    api_id = by_type.get("AWS::ApiGateway::RestApi", {}).get(adapting.API, API_ID)
    stages = client(settings, "apigateway").get_stages(restApiId=api_id)["item"]
    stage = next(one["stageName"] for one in stages if one["stageName"] != "Stage")
    return Deployment(
        settings=settings,
        api_id=api_id,
        # The one form of its address that needs neither a name server nor a Host header.
        api_url=f"{settings.endpoint_url}/_aws/execute-api/{api_id}/{stage}",
        outputs=stack.outputs(),
        functions=by_type.get("AWS::Lambda::Function", {}),
        tables=by_type.get("AWS::DynamoDB::Table", {}),
        queues=by_type.get("AWS::SQS::Queue", {}),
        buckets=by_type.get("AWS::S3::Bucket", {}),
        secrets=by_type.get("AWS::SecretsManager::Secret", {}),
        log_groups=by_type.get("AWS::Logs::LogGroup", {}),
        changed=changed,
    )


def environment_of(deployment: Deployment) -> dict[str, str]:
    """The OMS_* variables that the functions were deployed with."""
    configured = deployment.client("lambda").get_function_configuration(
        FunctionName=deployment.functions["APIHandler"]
    )
    variables: dict[str, str] = configured["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if name.startswith("OMS_")}


def _read_template(package_dir: Path) -> dict[str, Any]:
    for name in ("sam.json", "sam.yaml"):
        if (path := package_dir / name).exists():
            # YAML is a superset of JSON.
            return dict(yaml.safe_load(path.read_text()))
    raise DeployFailed(f"There is no sam.json in {package_dir}: run `make package` first.")


def _settle(
    settings: CloudSettings,
    template: Mapping[str, Any],
    resources: Mapping[str, tuple[str, str]],
) -> None:
    """Does by API call what ministack's CloudFormation leaves out and its services can do."""
    dynamodb = client(settings, "dynamodb")
    functions = client(settings, "lambda")
    for logical, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if logical not in resources:
            # Its condition is false.
            continue
        physical = resources[logical][1]
        if wanted := properties.get("TimeToLiveSpecification"):
            now = dynamodb.describe_time_to_live(TableName=physical)["TimeToLiveDescription"]
            if now["TimeToLiveStatus"] != "ENABLED":
                dynamodb.update_time_to_live(TableName=physical, TimeToLiveSpecification=wanted)
        if reserved := properties.get("ReservedConcurrentExecutions"):
            functions.put_function_concurrency(
                FunctionName=physical, ReservedConcurrentExecutions=reserved
            )


def main(arguments: list[str]) -> int:
    """The command line."""
    if not arguments or not all("=" in one for one in arguments[1:]):
        print("usage: python -m local.deploy PACKAGE_DIR [Parameter=value ...]", file=sys.stderr)
        return 2
    try:
        settings = CloudSettings.from_environment()
        if not status(settings).healthy:
            raise CloudError("The embedded cloud doesn't run: `python -m local.cloud start`.")
        done = deploy(
            settings,
            Path(arguments[0]),
            parameters=dict(one.split("=", 1) for one in arguments[1:]),
        )
    except (CloudError, DeployFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print(("deployed " if done.changed else "unchanged ") + done.api_url)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
