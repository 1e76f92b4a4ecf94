"""No right is spare: each one taken away, a smoke event of its function fails.

The rights are taken away in place, on the running stack, one at a time, and given back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from local import control
from local.cloud_settings import ROOT
from tests.cloud.preparing import Stage
from tests.cloud.site import Site
from tests.cloud.smokes import SMOKES, Smoke

pytestmark = pytest.mark.proof

OF_LAMBDA = {"Log", "Traces", "Work", "Stream", "GivenUp"}
"""Used by Lambda in the function's name, or by its tracing: no event shows that one is missing."""

EXEMPT = {
    ("api_handler", "MissingMessages", "s3:ListBucket"): "the embedded cloud says 404 either way",
    ("waiting_router", "Documents", "dynamodb:ConditionCheckItem"): "big orders, in chunks",
    ("waiting_router", "Documents", "dynamodb:DeleteItem"): "a big order that is undone",
    ("waiting_router", "Stock", "dynamodb:GetItem"): "a big order that is undone",
}
"""(function, statement, action): why no smoke shows it. What the waiting router does with big
orders is the routing worker's code, and shown there; here it takes a race between two orders.
"""


@dataclass(frozen=True, kw_only=True)
class Right:
    """One action on one resource: the `position`th of the statement `sid`."""

    function: str
    sid: str
    action: str
    position: int

    def __str__(self) -> str:
        return f"{self.function}-{self.sid}-{self.position}-{self.action.partition(':')[2]}"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(function: str) -> list[dict[str, Any]]:
    text = (ROOT / f".chalice/policy-{function}.json").read_text()
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def rights() -> Iterator[Right]:
    """Every right that isn't exempt."""
    for function in SMOKES:
        for statement in statements(function):
            if statement["Sid"] in OF_LAMBDA:
                continue
            for action in statement["Action"]:
                if (function, statement["Sid"], action) in EXEMPT:
                    continue
                for position in range(len(as_list(statement["Resource"]))):
                    yield Right(
                        function=function,
                        sid=statement["Sid"],
                        action=action,
                        position=position,
                    )


@pytest.fixture(scope="module")
def stage(site: Site) -> Iterator[Stage]:
    """Nothing runs but what a test calls; what it leaves in the queues goes at the end."""
    workers = [f"{name.title().replace('_', '')}" for name in SMOKES if name.endswith("_worker")]
    events = site.deployment.client("events")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"]]
    for rule in rules:
        events.disable_rule(Name=rule)
    with control.paused(site.deployment, "OutboxRelay", "SegmentWriter", *workers):
        yield Stage(site)
        for url in site.deployment.queues.values():
            site.deployment.client("sqs").purge_queue(QueueUrl=url)
    for rule in rules:
        events.enable_rule(Name=rule)


def test_every_function_has_smoke_events_and_every_exemption_a_right() -> None:
    files = {path.stem.removeprefix("policy-") for path in (ROOT / ".chalice").glob("policy-*")}
    assert set(SMOKES) == files
    granted = {
        (function, statement["Sid"], action)
        for function in SMOKES
        for statement in statements(function)
        for action in statement["Action"]
    }
    assert set(EXEMPT) <= granted


@pytest.mark.parametrize(
    ("function", "smoke"),
    [
        pytest.param(function, smoke, id=f"{function}-{number}")
        for function, smokes in SMOKES.items()
        for number, smoke in enumerate(smokes, start=1)
    ],
)
def test_with_all_rights_the_smoke_event_is_worked_off(
    stage: Stage, function: str, smoke: Smoke
) -> None:
    assert attempted(stage, function, smoke)


@pytest.mark.parametrize("right", list(rights()), ids=str)
def test_without_the_right_a_smoke_event_fails(stage: Stage, right: Right) -> None:
    with without(stage.site, right):
        failed = any(not attempted(stage, right.function, smoke) for smoke in ordered(right))
    assert failed, f"{right.function} never needs {right.action} of {right.sid}[{right.position}]"


FIRST = {
    ("api_handler", "Documents", "dynamodb:BatchGetItem"): 13,
    ("api_handler", "Documents", "dynamodb:Query"): 2,
    ("api_handler", "Documents", "dynamodb:UpdateItem"): 15,
    ("api_handler", "Documents", "dynamodb:DeleteItem"): 14,
    ("api_handler", "Documents", "dynamodb:ConditionCheckItem"): 18,
    ("api_handler", "DocumentsIndexes", "dynamodb:Query"): 12,
    ("api_handler", "Stock", "dynamodb:GetItem"): 13,
    ("api_handler", "Stock", "dynamodb:BatchGetItem"): 11,
    ("api_handler", "Stock", "dynamodb:Query"): 10,
    ("api_handler", "Stock", "dynamodb:PutItem"): 16,
    ("api_handler", "Stock", "dynamodb:UpdateItem"): 13,
    ("api_handler", "Messages", "dynamodb:GetItem"): 3,
    ("api_handler", "Messages", "dynamodb:Query"): 4,
    ("api_handler", "RawMessages", "s3:GetObject"): 3,
    ("api_handler", "RawMessages", "s3:PutObjectTagging"): 5,
    ("api_handler", "Closings", "s3:GetObject"): 17,
    ("api_handler", "Exports", "s3:GetObject"): 21,
    ("api_handler", "DataKeys", "kms:Decrypt"): 2,
    ("routing_worker", "Documents", "dynamodb:ConditionCheckItem"): 2,
    ("routing_worker", "Documents", "dynamodb:DeleteItem"): 3,
    ("routing_worker", "Stock", "dynamodb:GetItem"): 3,
    ("dispatch_worker", "Documents", "dynamodb:ConditionCheckItem"): 2,
    ("dispatch_worker", "Documents", "dynamodb:Query"): 4,
    ("dispatch_worker", "DocumentsIndexes", "dynamodb:Query"): 4,
    ("dispatch_worker", "Stock", "dynamodb:GetItem"): 2,
    ("dispatch_worker", "Stock", "dynamodb:UpdateItem"): 2,
    ("dispatch_worker", "Stock", "dynamodb:BatchGetItem"): 3,
    ("dispatch_worker", "Stock", "dynamodb:Query"): 3,
    ("dispatch_worker", "Stock", "dynamodb:PutItem"): 3,
    ("dispatch_worker", "StockIndexes", "dynamodb:Query"): 3,
    ("dispatch_worker", "Closings", "s3:GetObject"): 3,
    ("dispatch_worker", "Comparisons", "s3:PutObject"): 3,
    ("posting_worker", "Documents", "dynamodb:BatchGetItem"): 2,
    ("posting_worker", "Documents", "dynamodb:Query"): 2,
    ("posting_worker", "Documents", "dynamodb:PutItem"): 2,
    ("posting_worker", "DocumentsIndexes", "dynamodb:Query"): 4,
    ("posting_worker", "Stock", "dynamodb:GetItem"): 3,
    ("posting_worker", "Stock", "dynamodb:Query"): 5,
    ("costing_worker", "Stock", "dynamodb:GetItem"): 2,
    ("invoicing_worker", "Documents", "dynamodb:BatchGetItem"): 2,
    ("snapshots_worker", "Exports", "s3:PutObject"): 2,
    ("snapshots_worker", "Documents", "dynamodb:PutItem"): 5,
    ("snapshots_worker", "Audits", "s3:PutObject"): 5,
    ("snapshots_worker", "Audits", "s3:GetObject"): 5,
    ("nightly_close", "Stock", "dynamodb:UpdateItem"): 2,
}
"""Which smoke event to try first: it only makes the proof quicker, none is left out."""

BY_POSITION = {
    ("api_handler", "StockIndexes"): (19, 20),
    ("api_handler", "MessagesIndexes"): (7, 9, 8),
    ("api_handler", "Secrets"): (1, 6, 1, 24),
    ("dispatch_worker", "Secrets"): (1, 5),
}
"""The same where a statement has several resources. New smoke events go to the end of their list,
so that these stay as they are.
"""


def ordered(right: Right) -> list[Smoke]:
    """The function's smoke events, the likeliest first."""
    if right.sid == "Events":
        first = right.position + 1
    elif (right.function, right.sid) in BY_POSITION:
        first = BY_POSITION[right.function, right.sid][right.position]
    else:
        first = FIRST.get((right.function, right.sid, right.action), 1)
    smokes = SMOKES[right.function]
    return [smokes[first - 1], *smokes[: first - 1], *smokes[first:]]


def attempted(stage: Stage, function: str, smoke: Smoke) -> bool:
    """Whether it works in a process that has read nothing yet: secrets and master data are kept."""
    fresh_process(stage.site, logical(function))
    return smoke(stage)


def logical(function: str) -> str:
    """The name of a function in the template."""
    return "APIHandler" if function == "api_handler" else function.title().replace("_", "")


def fresh_process(site: Site, function: str) -> None:
    client, name = site.deployment.client("lambda"), site.deployment.functions[function]
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = before | {"FRESH": uuid.uuid4().hex}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@contextmanager
def without(site: Site, right: Right) -> Iterator[None]:
    """The function's role without the right."""
    iam = site.deployment.client("iam")
    name = site.deployment.functions[logical(right.function)]
    configuration = site.deployment.client("lambda").get_function_configuration(FunctionName=name)
    role = configuration["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    before = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    after = json.dumps(reduced(before, right))
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=after)
    try:
        yield
    finally:
        whole = json.dumps(before)
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=whole)


def reduced(document: dict[str, Any], right: Right) -> dict[str, Any]:
    """The policy without the right.

    The embedded cloud asks for `sqs:SendMessageBatch` where AWS asks for `sqs:SendMessage`: both
    go.
    """
    gone = {right.action, f"{right.action}Batch"}
    kept = []
    for statement in document["Statement"]:
        if statement["Sid"] != right.sid:
            kept.append(statement)
            continue
        resources = as_list(statement["Resource"])
        others = [each for at, each in enumerate(resources) if at != right.position]
        rest = [each for each in as_list(statement["Action"]) if each not in gone]
        if rest:
            kept.append({**statement, "Action": rest})
        if others:
            kept.append({**statement, "Sid": f"{right.sid}Others", "Resource": others})
    assert kept != document["Statement"]
    return {**document, "Statement": kept}
