"""A CloudFormation stack: made, changed, waited for, and its failures told with their reasons."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml
from botocore.exceptions import ClientError

from local.cloud_settings import CloudSettings, client
from local.waiting import TooLate, wait_until

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_NEVER_CAME_TO_BE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_COMPLETE"}
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


class DeployFailed(Exception):
    """The stack is not what the template says; the text names resources and reasons."""


class DeployBucket:
    """Keeps what CloudFormation reads, under names made of the content: equal content, one name."""

    NAME = "oms-deploy"

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self._s3 = client(settings, "s3")

    def put(self, content: bytes, suffix: str) -> str:
        """Stores the content, unless it is there, and returns its key."""
        with contextlib.suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
            self._s3.create_bucket(
                Bucket=self.NAME,
                CreateBucketConfiguration={"LocationConstraint": self._settings.region},
            )
        key = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
        try:
            self._s3.put_object(Bucket=self.NAME, Key=key, Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
        return key

    def keep_only(self, *keys: str) -> None:
        """Deletes the others: each is a whole package, and nothing rolls back to it any more."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.NAME)
        for key in [one["Key"] for page in pages for one in page.get("Contents", [])]:
            if key not in keys:
                self._s3.delete_object(Bucket=self.NAME, Key=key)

    def url(self, key: str) -> str:
        """Its address, as CloudFormation takes it for templates."""
        return f"{self._settings.endpoint_url}/{self.NAME}/{key}"


class Stack:
    """One stack of the embedded cloud; every change waits for its end and says why it failed."""

    def __init__(
        self,
        settings: CloudSettings,
        name: str,
        *,
        parameters: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> None:
        self._api = client(settings, "cloudformation")
        self._objects = DeployBucket(settings)
        self._name = name
        self._parameters = [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()
        ]
        self._seconds = seconds

    def deployed_template(self) -> dict[str, Any] | None:
        """The template as it was carried out; None without a stack that came to be."""
        stack = self._described()
        if stack is None or stack["StackStatus"] in _NEVER_CAME_TO_BE:
            return None
        body = self._api.get_template(StackName=self._name)["TemplateBody"]
        return dict(yaml.safe_load(body) if isinstance(body, str) else body)

    def create(self, template: Mapping[str, Any]) -> None:
        """Makes the stack; what is left of one whose creation failed goes first."""
        if self._described() is not None:
            self._api.delete_stack(StackName=self._name)
            self._settled()
        try:
            self._api.create_stack(**self._request(template))
        except ClientError as error:
            raise DeployFailed(str(error)) from error
        self._require_good()

    def update(self, template: Mapping[str, Any]) -> bool:
        """False if there was nothing to change."""
        try:
            self._api.update_stack(**self._request(template))
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise DeployFailed(str(error)) from error
        self._require_good()
        return True

    def resources(self) -> dict[str, tuple[str, str]]:
        """Logical name -> (type, physical id)."""
        pages = self._api.get_paginator("list_stack_resources").paginate(StackName=self._name)
        return {
            one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"])
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def outputs(self) -> dict[str, str]:
        stack = self._described() or {}
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def _request(self, template: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(template, ensure_ascii=False).encode()
        return {
            "StackName": self._name,
            # In a request it may have 51,200 bytes, in S3 a megabyte.
            "TemplateURL": self._objects.url(self._objects.put(content, "json")),
            "Parameters": self._parameters,
            "Capabilities": _CAPABILITIES,
        }

    def _described(self) -> dict[str, Any] | None:
        try:
            return dict(self._api.describe_stacks(StackName=self._name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _settled(self) -> dict[str, Any] | None:
        def at_rest() -> list[dict[str, Any] | None]:
            stack = self._described()
            busy = stack is not None and stack["StackStatus"].endswith("IN_PROGRESS")
            return [] if busy else [stack]

        return wait_until(at_rest, f"stack {self._name}", seconds=self._seconds)[0]

    def _require_good(self) -> None:
        try:
            stack = self._settled()
        except TooLate as late:
            raise DeployFailed(str(late)) from late
        if stack is None or stack["StackStatus"] not in _GOOD:
            raise DeployFailed(
                "\n".join([str((stack or {}).get("StackStatus")), *self._failures()])
            )

    def _failures(self) -> list[str]:
        lines = []
        for event in self._api.describe_stack_events(StackName=self._name)["StackEvents"]:
            if event["LogicalResourceId"] == self._name and event["ResourceStatus"].endswith(
                ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
            ):
                # Newest first: what is older than this operation's start is another story.
                break
            if "FAILED" in event["ResourceStatus"]:
                lines.append(
                    f"  {event['LogicalResourceId']} ({event['ResourceType']}) "
                    f"{event['ResourceStatus']}: {event.get('ResourceStatusReason', '')}"
                )
        return lines[::-1]
