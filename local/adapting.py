"""What the packaged template needs so that the embedded cloud does what AWS would do.

Only the local deployment changes the template, and only here; each change says what ministack
1.5.33 does without it. What it deploys but doesn't act on and nothing here depends on
(encryption, backups, access logs, tracing, lifecycle rules) is left as it is.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

Template = dict[str, Any]

API = "RestAPI"
API_TYPE = "AWS::Serverless::Api"
FUNCTION_TYPE = "AWS::Serverless::Function"
_BINARY_TYPES = "x-amazon-apigateway-binary-media-types"
# Types that its CloudFormation refuses, with the whole template. Nothing that runs needs them.
_UNKNOWN_TYPES = {"AWS::CloudWatch::CompositeAlarm"}
_POLICY_TYPES = {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}
_API_DIGEST = "OmsApiDigest"


def adapted(template: Mapping[str, Any], *, code_uri: str, api_id: str) -> Template:
    """The template for the embedded cloud: code at `code_uri`, the API under the id `api_id`."""
    result = copy.deepcopy(dict(template))
    _drop(result, {name for name, one in result["Resources"].items() if _is_unknown(one)})
    for resource in result["Resources"].values():
        if resource["Type"] == FUNCTION_TYPE:
            # Chalice names a file; CloudFormation takes an object in S3. AWS_ENDPOINT_URL is not
            # set here: ministack gives functions its own address, right also on another port.
            resource["Properties"]["CodeUri"] = code_uri
    _allow_plain_http(result)
    _name_batches(result)
    if API in result["Resources"]:
        _adapt_api(result, api_id)
        result.setdefault("Metadata", {})[_API_DIGEST] = _digest(template["Resources"][API])
    return result


def api_changed(new: Mapping[str, Any], deployed: Mapping[str, Any]) -> bool:
    """Whether the deployed stack has an API and `new` has another one."""
    before = (deployed.get("Metadata") or {}).get(_API_DIGEST)
    has_api = any(
        one["Type"] == "AWS::ApiGateway::RestApi" for one in deployed["Resources"].values()
    )
    return has_api and before != new["Metadata"][_API_DIGEST]


def without_api(template: Template, api_id: str) -> Template:
    """The same template but for the API; what refers to it gets its known id.

    ministack replaces an API whose routes changed: it makes the new one before it deletes the old
    one, and so refuses the id that both are to have. Taking the API out in one update and in again
    in the next keeps its address.
    """
    result = copy.deepcopy(template)
    stage = result["Resources"][API]["Properties"]["StageName"]
    gone = {API} | {
        name
        for name, one in result["Resources"].items()
        if one["Type"].startswith("AWS::ApiGateway::") and _refers(one, API)
    }
    _drop(result, gone)
    result["Metadata"].pop(_API_DIGEST)
    literal: Template = _with_literals(result, api_id, stage)
    return literal


def _adapt_api(template: Template, api_id: str) -> None:
    properties = template["Resources"][API]["Properties"]
    # It reads this property, with plain slashes, but not the key in the swagger document that
    # Chalice writes; bodies then pass as text, and bytes that aren't UTF-8 are lost.
    types = properties.get("BinaryMediaTypes") or properties["DefinitionBody"].get(_BINARY_TYPES)
    if types:
        properties["BinaryMediaTypes"] = [one.replace("~1", "/") for one in types]
    # Without this tag the API gets another id, and address, each time. SAM keeps tags to the
    # stage unless told to propagate them.
    properties["Tags"] = {**properties.get("Tags", {}), "ms-custom-id": api_id}
    properties["PropagateTags"] = True
    # It reads gateway responses from resources of their own, not from the swagger document.
    for kind, response in properties.pop("GatewayResponses", {}).items():
        name = "LocalGatewayResponse" + re.sub(r"[^A-Za-z0-9]", "", kind.title())
        template["Resources"][name] = _gateway_response(kind, response)


def _allow_plain_http(template: Template) -> None:
    """The embedded cloud speaks HTTP, on loopback; with IAM on, it denies what isn't TLS."""
    empty = set()
    for name, resource in template["Resources"].items():
        if resource["Type"] in _POLICY_TYPES:
            document = resource["Properties"]["PolicyDocument"]
            document["Statement"] = [one for one in document["Statement"] if not _wants_tls(one)]
            if not document["Statement"]:
                empty.add(name)
    _drop(template, empty)


def _name_batches(template: Template) -> None:
    """With IAM on, it asks for `sqs:SendMessageBatch`; on AWS that is `sqs:SendMessage` too."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if "sqs:SendMessage" in (actions := statement["Action"]):
                    statement["Action"] = [*actions, "sqs:SendMessageBatch"]


def _wants_tls(statement: Mapping[str, Any]) -> bool:
    conditions = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and "aws:SecureTransport" in conditions


def _gateway_response(kind: str, response: Mapping[str, Any]) -> dict[str, Any]:
    headers = response.get("ResponseParameters", {}).get("Headers", {})
    properties: dict[str, Any] = {
        "RestApiId": {"Ref": API},
        "ResponseType": kind,
        "ResponseTemplates": response.get("ResponseTemplates", {}),
        "ResponseParameters": {f"gatewayresponse.header.{k}": v for k, v in headers.items()},
    }
    if "StatusCode" in response:
        properties["StatusCode"] = str(response["StatusCode"])
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def _is_unknown(resource: Mapping[str, Any]) -> bool:
    # An alarm over an expression is refused too.
    metric_math = "Metrics" in resource.get("Properties", {})
    return resource["Type"] in _UNKNOWN_TYPES or (
        resource["Type"] == "AWS::CloudWatch::Alarm" and metric_math
    )


def _drop(template: Template, names: set[str]) -> None:
    """Takes the resources out, with the outputs and the dependencies that name them."""
    for name in names:
        del template["Resources"][name]
    outputs = template.get("Outputs", {})
    for key in [k for k, v in outputs.items() if any(_refers(v, name) for name in names)]:
        del outputs[key]
    for resource in template["Resources"].values():
        depends = resource.get("DependsOn", [])
        listed = [depends] if isinstance(depends, str) else depends
        if names & set(listed):
            resource["DependsOn"] = [one for one in listed if one not in names]


def _refers(node: Any, name: str) -> bool:
    """Whether an intrinsic function in `node` names the resource."""
    if isinstance(node, dict):
        if node.get("Ref") == name or _attribute_of(node) == name:
            return True
        if isinstance(text := _substituted(node), str) and re.search(rf"\${{{name}[.}}]", text):
            return True
        return any(_refers(child, name) for child in node.values())
    if isinstance(node, list):
        return any(_refers(child, name) for child in node)
    return False


def _with_literals(node: Any, api_id: str, stage: str) -> Any:
    if isinstance(node, dict):
        if node.get("Ref") == API or _attribute_of(node) == API:
            return api_id
        changed = {key: _with_literals(child, api_id, stage) for key, child in node.items()}
        if isinstance(text := _substituted(changed), str):
            text = text.replace(f"${{{API}.Stage}}", stage).replace(f"${{{API}}}", api_id)
            changed["Fn::Sub"] = text
        return changed
    if isinstance(node, list):
        return [_with_literals(child, api_id, stage) for child in node]
    return node


def _attribute_of(node: Mapping[str, Any]) -> Any:
    attribute = node.get("Fn::GetAtt")
    return attribute.split(".")[0] if isinstance(attribute, str) else (attribute or [None])[0]


def _substituted(node: Mapping[str, Any]) -> Any:
    return node.get("Fn::Sub")


def _digest(resource: Mapping[str, Any]) -> str:
    text = json.dumps(resource, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
