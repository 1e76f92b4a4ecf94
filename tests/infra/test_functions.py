"""The functions and their event sources, as they are shipped."""

import json
import zipfile

import pytest

from tests.infra.packages import FUNCTION, ROOT, SCHEDULES, WORKERS, referenced

pytestmark = [pytest.mark.xdist_group("package"), pytest.mark.timeout(300)]

SIZES = {  # memory in MB, time-out in seconds
    "APIHandler": (1024, 29),
    "Authorizer": (256, 10),
    **{f"{name.capitalize()}Worker": (512, 60) for name in WORKERS},
    "OutboxRelay": (512, 60),
    "SegmentWriter": (512, 60),
    "OutboxSweeper": (512, 60),
    "WaitingRouter": (512, 60),
    "HourlySweep": (512, 60),
    "NightlyClose": (512, 120),
}


def events(package, kind):
    return {
        name: event["Properties"]
        for name, function in package.of_type(FUNCTION).items()
        for event in function.get("Events", {}).values()
        if event["Type"] == kind
    }


def test_nothing_in_infra_is_laid_over_a_function_that_the_app_does_not_have(packaged):
    assert [name for name, each in packaged.resources.items() if "Type" not in each] == []
    for name, function in packaged.of_type(FUNCTION).items():
        for event in function.get("Events", {}).values():
            assert "Type" in event, name


def test_the_functions_have_their_memory_and_time_out(packaged):
    functions = packaged.of_type(FUNCTION)
    assert {n: (f["MemorySize"], f["Timeout"]) for n, f in functions.items()} == SIZES


def test_every_handler_but_the_authorizer_is_in_app_py_where_lambda_imports_all_of_it(packaged):
    for name, function in packaged.of_type(FUNCTION).items():
        if name != "Authorizer":
            assert function["Handler"].startswith("app."), name


def test_every_function_runs_on_python_3_11_for_x86_64_with_traces(packaged):
    for name, function in packaged.of_type(FUNCTION).items():
        assert function["Runtime"] == "python3.11", name
        assert function.get("Architectures", ["x86_64"]) == ["x86_64"], name
        assert function["Tracing"] == "Active", name


def test_every_queue_has_one_worker_that_reports_partial_failures(packaged):
    sources = events(packaged, "SQS")
    assert {name: referenced(each["Queue"]) for name, each in sources.items()} == {
        f"{name.capitalize()}Worker": f"{name.capitalize()}Queue" for name in WORKERS
    }
    for name, source in sources.items():
        assert list(source["Queue"]) == ["Fn::Sub"], "one intrinsic, not two mixed by the merge"
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert 1 <= source["BatchSize"] <= 10, name
        assert 2 <= source["ScalingConfig"]["MaximumConcurrency"] <= 20, name


def test_the_outbox_stream_starts_at_its_beginning_bisects_gives_up_and_says_so(packaged):
    source = events(packaged, "DynamoDB")["OutboxRelay"]
    assert source["Stream"] == {"Fn::GetAtt": ["Outbox", "StreamArn"]}
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["BisectBatchOnFunctionError"] is True
    assert source["MaximumRetryAttempts"] == 10
    assert source["MaximumRecordAgeInSeconds"] == 3600
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert json.loads(source["FilterCriteria"]["Filters"][0]["Pattern"]) == {
        "eventName": ["INSERT"]
    }
    assert referenced(source["DestinationConfig"]["OnFailure"]["Destination"]) == (
        "FailedInvocations"
    )


def test_the_ledgers_stream_brings_what_was_costed_in_the_last_minutes_at_once(packaged):
    sources = events(packaged, "DynamoDB")
    assert sorted(sources) == ["OutboxRelay", "SegmentWriter"]
    source = sources["SegmentWriter"]
    assert source["Stream"] == {"Fn::GetAtt": ["Stock", "StreamArn"]}
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert (source["BatchSize"], source["MaximumBatchingWindowInSeconds"]) == (5000, 300)
    assert json.loads(source["FilterCriteria"]["Filters"][0]["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"record": {"S": ["VALUE"]}}},
    }
    assert referenced(source["DestinationConfig"]["OnFailure"]["Destination"]) == (
        "FailedInvocations"
    )


def test_the_schedules_run_when_they_should(packaged):
    assert {n: each["Schedule"] for n, each in events(packaged, "Schedule").items()} == {
        "OutboxSweeper": "rate(1 minute)",
        "WaitingRouter": "rate(1 minute)",
        "HourlySweep": "rate(1 hour)",
        # 01:30 of the next day in China.
        "NightlyClose": "cron(30 17 * * ? *)",
    }


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_scheduled_run_that_fails_or_cannot_be_delivered_is_kept(packaged, name):
    function = packaged.properties(name)
    destination = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert destination["Type"] == "SQS"
    assert referenced(destination["Destination"]) == "FailedInvocations"
    (event,) = function["Events"].values()
    assert referenced(event["Properties"]["DeadLetterConfig"]["Arn"]) == "FailedInvocations"


def test_every_function_logs_to_a_group_of_its_own_that_is_kept_for_a_set_time(packaged):
    days = {"dev": 30, "prod": 365}[packaged.stage]
    groups = set()
    for name, function in packaged.of_type(FUNCTION).items():
        group = referenced(function["LoggingConfig"]["LogGroup"])
        properties = packaged.properties(group)
        assert properties["RetentionInDays"] == days, name
        assert referenced(properties["KmsKeyId"]) == "StorageKey", name
        groups.add(group)
    assert len(groups) == len(SIZES)


def test_the_zip_holds_the_app_and_every_pinned_library(packaged):
    names = zipfile.ZipFile(packaged.code).namelist()
    assert "app.py" in names
    assert "chalicelib/__init__.py" in names
    folders = {name.split("/")[0] for name in names}
    shipped = {normal(each.removesuffix(".dist-info")) for each in folders if "dist-info" in each}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = {normal(line.split("#")[0].replace("==", "-")) for line in lines if "==" in line}
    assert wanted - shipped == set()


@pytest.mark.parametrize(
    "module", ["lxml/etree", "msgspec/_core", "cryptography/hazmat/bindings/_rust"]
)
def test_compiled_libraries_are_lambdas(packaged, module):
    names = zipfile.ZipFile(packaged.code).namelist()
    (built,) = [name for name in names if name.startswith(module) and name.endswith(".so")]
    assert "aarch64" not in built
    assert "darwin" not in built


def normal(name):
    """`Aws_Lambda-1.0 ` and `aws-lambda-1.0` are one library."""
    return name.strip().lower().replace("_", "-")


def test_the_zip_is_small_and_holds_nothing_that_does_not_belong_there(packaged):
    path = packaged.code
    names = zipfile.ZipFile(path).namelist()
    assert [name for name in names if "__pycache__" in name or name.endswith(".DS_Store")] == []
    assert [n for n in names if n.startswith(("tests/", "local/", "infra/", ".chalice/"))] == []
    assert path.stat().st_size < 40 * 1024 * 1024


def test_the_app_is_not_in_debug_mode_and_traces_hold_no_answers(packaged):
    variables = packaged.template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_TRACER_CAPTURE_RESPONSE"] == "false"
    assert variables["POWERTOOLS_TRACER_CAPTURE_ERROR"] == "false"
    assert "DEBUG" not in packaged.template["Parameters"]["LogLevel"]["AllowedValues"]
    with zipfile.ZipFile(packaged.code) as code:
        assert "debug" not in code.read("app.py").decode().lower()
