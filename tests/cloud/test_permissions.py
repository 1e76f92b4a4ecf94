"""No right is spare: each one taken away, a smoke event of its function fails.

The rights are taken away in place, on the running stack, one at a time, and given back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
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


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(function: str) -> list[dict[str, Any]]:
    text = (ROOT / f".chalice/policy-{function}.json").read_text()
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def rights() -> Iterator[tuple[str, str, str, int]]:
    """(function, statement, action, which of its resources) of every right that isn't exempt."""
    for function in SMOKES:
        for statement in statements(function):
            if statement["Sid"] in OF_LAMBDA:
                continue
            for action in statement["Action"]:
                if (function, statement["Sid"], action) in EXEMPT:
                    continue
                for position in range(len(as_list(statement["Resource"]))):
                    yield function, statement["Sid"], action, position


@pytest.fixture(scope="module")
def stage(site: Site) -> Iterator[Stage]:
    """Nothing runs but what a test calls; what it leaves in the queues goes at the end."""
    workers = [f"{name.title().replace('_', '')}" for name in SMOKES if name.endswith("_worker")]
    events = site.deployment.client("events")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"]]
    for rule in rules:
        events.disable_rule(Name=rule)
    with control.paused(site.deployment, "OutboxRelay", *workers):
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


@pytest.mark.parametrize(("function", "sid", "action", "position"), rights())
def test_without_the_right_a_smoke_event_fails(
    stage: Stage, function: str, sid: str, action: str, position: int
) -> None:
    with without(stage.site, function, sid, action, position):
        failed = any(not attempted(stage, function, smoke) for smoke in SMOKES[function])
    assert failed, f"{function} never needs {action} of {sid}[{position}]"


def attempted(stage: Stage, function: str, smoke: Smoke) -> bool:
    """Whether it works in a process that has read nothing yet: secrets and master data are kept."""
    fresh_process(stage.site, logical(function))
    try:
        return smoke(stage)
    finally:
        stage.finish_closes()


def logical(function: str) -> str:
    """The name of a function in the template."""
    return "APIHandler" if function == "api_handler" else function.title().replace("_", "")


def fresh_process(site: Site, function: str) -> None:
    client, name = site.deployment.client("lambda"), site.deployment.functions[function]
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = before | {"FRESH": uuid.uuid4().hex}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@contextmanager
def without(site: Site, function: str, sid: str, action: str, position: int) -> Iterator[None]:
    """The function's role without one action on one resource."""
    iam = site.deployment.client("iam")
    name = site.deployment.functions[logical(function)]
    configuration = site.deployment.client("lambda").get_function_configuration(FunctionName=name)
    role = configuration["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    before = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    iam.put_role_policy(
        RoleName=role,
        PolicyName=policy,
        PolicyDocument=json.dumps(reduced(before, sid, action, position)),
    )
    try:
        yield
    finally:
        iam.put_role_policy(
            RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before)
        )


def reduced(document: dict[str, Any], sid: str, action: str, position: int) -> dict[str, Any]:
    """The policy without one action of a statement on one of its resources.

    The embedded cloud asks for `sqs:SendMessageBatch` where AWS asks for `sqs:SendMessage`: both
    go.
    """
    gone = {action, f"{action}Batch"}
    kept = []
    for statement in document["Statement"]:
        if statement["Sid"] != sid:
            kept.append(statement)
            continue
        resources = as_list(statement["Resource"])
        others = [each for at, each in enumerate(resources) if at != position]
        rest = [each for each in as_list(statement["Action"]) if each not in gone]
        if rest:
            kept.append({**statement, "Action": rest})
        if others:
            kept.append({**statement, "Sid": f"{sid}Others", "Resource": others})
    assert kept != document["Statement"]
    return {**document, "Statement": kept}
