"""Each function may do what it does, and nothing else."""

import json
import re

import pytest

from tests.infra.packages import FUNCTION, ROLE, ROOT, STAGES, WORKERS, as_list, referenced

pytestmark = [pytest.mark.xdist_group("package"), pytest.mark.timeout(300)]

STAR_ACTIONS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""X-Ray knows no resources: AWS asks for `*`."""

PREFIXES = {
    "${RawBucket.Arn}/messages/*",
    "${RawBucket.Arn}/snapshots/*",
    "${RawBucket.Arn}/audits/*",
    "${RawBucket.Arn}/exports/*",
    "${RawBucket.Arn}/comparisons/*",
    "${RawBucket.Arn}/entries/*",
    "${RawBucket.Arn}/segments/*",
    *(
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
        f"oms/${{Stage}}/{kind}/*"
        for kind in ("clients", "wms", "providers")
    ),
}
"""Where a name is only known at run time: objects, and the secrets of each client and peer."""


def functions():
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    return list(config["stages"]["dev"]["lambda_functions"])


def policy(function):
    text = (ROOT / f".chalice/policy-{function}.json").read_text()
    return json.loads(text)["Statement"]


def resource_text(resource):
    if isinstance(resource, str):
        return resource
    ((kind, target),) = resource.items()
    return ".".join(target) if kind == "Fn::GetAtt" else str(target)


def test_both_stages_give_each_function_a_policy_of_its_own_and_none_is_left_over():
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    assert config["autogen_policy"] is False
    used = {
        stage: [each["iam_policy_file"] for each in row["lambda_functions"].values()]
        for stage, row in config["stages"].items()
    }
    files = {path.name for path in (ROOT / ".chalice").glob("policy-*.json")}
    for stage in STAGES:
        assert sorted(used[stage]) == sorted(files)
        assert set(config["stages"][stage]) == {"api_gateway_stage", "tags", "lambda_functions"}


def test_every_function_has_a_role_of_its_own(packaged):
    roles = {n: referenced(f["Role"]) for n, f in packaged.of_type(FUNCTION).items()}
    assert len(set(roles.values())) == len(roles)
    others = set(packaged.of_type(ROLE)) - set(roles.values())
    assert others == {"ApiGatewayLogsRole"}


def test_no_action_has_a_star_and_no_resource_but_the_written_ones(packaged):
    for role, statement in packaged.statements():
        actions = set(as_list(statement["Action"]))
        assert not [action for action in actions if "*" in action], role
        for resource in as_list(statement["Resource"]):
            text = resource_text(resource)
            if text == "*":
                assert actions <= STAR_ACTIONS, (role, actions)
            elif "*" in text:
                assert text in PREFIXES, (role, text)


def test_no_statement_stands_twice(packaged):
    seen = set()
    for role, statement in packaged.statements():
        for action in statement["Action"]:
            for resource in as_list(statement["Resource"]):
                assert (role, action, resource_text(resource)) not in seen
                seen.add((role, action, resource_text(resource)))


@pytest.mark.parametrize("work", WORKERS)
def test_a_worker_reads_its_own_queue_and_sends_to_none(work):
    name = f"{work.capitalize()}Queue.Arn"
    queues = [each for each in policy(f"{work}_worker") if "sqs:" in json.dumps(each["Action"])]
    assert [resource_text(each["Resource"]) for each in queues] == [name]
    assert "sqs:SendMessage" not in queues[0]["Action"]


@pytest.mark.parametrize("function", ["outbox_relay", "outbox_sweeper"])
def test_the_outbox_is_what_sends_to_the_queues(function):
    (send,) = [each for each in policy(function) if each["Sid"] == "Events"]
    assert [resource_text(each) for each in send["Resource"]] == [
        f"{name.capitalize()}Queue.Arn" for name in WORKERS
    ]


@pytest.mark.parametrize(
    "function",
    [
        "outbox_relay",
        "segment_writer",
        "outbox_sweeper",
        "waiting_router",
        "hourly_sweep",
        "nightly_close",
    ],
)
def test_what_lambda_gives_up_for_a_function_it_may_put_away(function):
    (given_up,) = [each for each in policy(function) if each["Sid"] == "GivenUp"]
    assert given_up["Action"] == ["sqs:SendMessage"]
    assert resource_text(given_up["Resource"]) == "FailedInvocations.Arn"


@pytest.mark.parametrize("function", functions())
def test_a_function_writes_to_its_own_log_only(function):
    (log,) = [each for each in policy(function) if each["Sid"] == "Log"]
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    own = "".join(part.capitalize() for part in function.split("_")) + "Log.Arn"
    assert resource_text(log["Resource"]) == own


def test_the_document_lists_exactly_what_the_policies_grant():
    document = (ROOT / "docs/permissions.md").read_text()
    written = re.findall(r"^\| `\w+` \|.*$", document, re.MULTILINE)
    assert written == table(), "docs/permissions.md should say:\n" + "\n".join(table())


def table() -> list[str]:
    """The rows of `docs/permissions.md`, made from the policies; the log and the traces, which all
    have, are left out.
    """
    rows = []
    for function in functions():
        parts = []
        for statement in policy(function):
            if statement["Sid"] in ("Log", "Traces"):
                continue
            service = statement["Action"][0].split(":")[0]
            actions = ", ".join(action.split(":")[1] for action in statement["Action"])
            targets = ", ".join(short(each) for each in as_list(statement["Resource"]))
            parts.append(f"{service} {actions} on {targets}")
        rows.append(f"| `{function}` | {'; '.join(parts)} |")
    return rows


def short(resource) -> str:
    """A resource as the document names it."""
    text = resource_text(resource).replace("${", "").replace("}", "")
    text = text.removeprefix("AWS::Partition").split(":secret:")[-1]
    return (
        text.replace(".Arn", "")
        .replace(".StreamArn", "'s stream")
        .replace(".Id", "")
        .replace("Stage", "<stage>")
    )


if __name__ == "__main__":
    print("\n".join(table()))
