"""Tables, queues, bucket, keys, API, alarms: what the template promises, on both stages."""

import json
import re
from collections import Counter

import pytest

from chalicelib.aws.settings import QUEUES, TABLES, read_settings
from tests.infra.packages import ALARM, FUNCTION, QUEUE, TABLE, WORKERS, as_list, referenced

pytestmark = [pytest.mark.xdist_group("package"), pytest.mark.timeout(300)]

INDEXES = {"Documents": 1, "Stock": 2, "Messages": 3, "Outbox": 0}


def deny_without_tls(statements, resource):
    (found,) = [each for each in statements if each["Effect"] == "Deny"]
    assert found["Principal"] == "*"
    assert found["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert resource in as_list(found["Resource"])


def test_the_tables_are_on_demand_recoverable_and_encrypted_with_our_key(packaged):
    tables = packaged.of_type(TABLE)
    assert set(tables) == set(INDEXES)
    for name, table in tables.items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        recovery = table["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is True, name
        assert table["SSESpecification"]["SSEType"] == "KMS", name
        assert referenced(table["SSESpecification"]["KMSMasterKeyId"]) == "StorageKey", name


def test_keys_are_texts_and_every_index_is_whole_and_sparse(packaged):
    for name, table in packaged.of_type(TABLE).items():
        indexes = table.get("GlobalSecondaryIndexes", [])
        wanted = [f"gsi{number}" for number in range(1, INDEXES[name] + 1)]
        assert [each["IndexName"] for each in indexes] == wanted
        keys = [("pk", "sk")] + [(f"{index}pk", f"{index}sk") for index in wanted]
        schemas = [table["KeySchema"]] + [each["KeySchema"] for each in indexes]
        assert [tuple(key["AttributeName"] for key in schema) for schema in schemas] == keys
        assert {
            (a["AttributeName"], a["AttributeType"]) for a in table["AttributeDefinitions"]
        } == {(key, "S") for pair in keys for key in pair}
        assert all(each["Projection"] == {"ProjectionType": "ALL"} for each in indexes)


def test_only_prod_keeps_its_data_when_the_stack_goes(dev, prod):
    for name in INDEXES:
        assert prod.properties(name)["DeletionProtectionEnabled"] is True
        assert dev.properties(name)["DeletionProtectionEnabled"] is False
    keys = ("DataKey", "StorageKey", "NumbersKey", "RecipientsKey", "TokensPepper")
    for name in (*INDEXES, "RawBucket", *keys):
        assert prod.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert prod.resources[name]["UpdateReplacePolicy"] == "Retain"
        assert dev.resources[name]["DeletionPolicy"] == "Delete"


def test_documents_and_messages_expire_and_outbox_and_stock_have_a_stream(packaged):
    for name in ("Documents", "Messages"):
        expiry = packaged.properties(name)["TimeToLiveSpecification"]
        assert expiry == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in packaged.properties("Stock")
    for name in ("Outbox", "Stock"):
        assert packaged.properties(name)["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


@pytest.mark.parametrize("work", WORKERS)
def test_a_message_is_hidden_six_time_outs_long_and_tried_five_times(packaged, work):
    name = work.capitalize()
    queue = packaged.properties(f"{name}Queue")
    assert queue["VisibilityTimeout"] >= 6 * packaged.properties(f"{name}Worker")["Timeout"]
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    assert referenced(redrive["deadLetterTargetArn"]) == f"{name}DeadLetters"
    assert packaged.properties(f"{name}DeadLetters")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_is_encrypted_and_takes_tls_only(packaged):
    queues = packaged.of_type(QUEUE)
    assert len(queues) == 2 * len(WORKERS) + 1
    assert all(each["SqsManagedSseEnabled"] for each in queues.values())
    covered = []
    for policy in packaged.of_type("AWS::SQS::QueuePolicy").values():
        names = [referenced(each) for each in policy["Queues"]]
        own = {"Fn::GetAtt": [names[0], "Arn"]} if len(names) == 1 else "*"
        deny_without_tls(policy["PolicyDocument"]["Statement"], own)
        covered += names
    assert sorted(covered) == sorted(queues)


def test_only_this_stacks_schedules_may_put_into_the_failed_invocations(packaged):
    policy = packaged.properties("FailedInvocationsPolicy")["PolicyDocument"]
    (allow,) = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert "rule/${AWS::StackName}-*" in allow["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]


def test_the_raw_bucket_is_versioned_encrypted_private_and_logged(packaged):
    bucket = packaged.properties("RawBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True
    assert referenced(bucket["LoggingConfiguration"]["DestinationBucketName"]) == "AccessLogBucket"


@pytest.mark.parametrize("name", ["RawBucket", "AccessLogBucket"])
def test_no_bucket_is_public_or_answers_without_tls(packaged, name):
    blocked = packaged.properties(name)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())
    policy = packaged.properties(f"{name}Policy")
    assert referenced(policy["Bucket"]) == name
    statements = policy["PolicyDocument"]["Statement"]
    deny_without_tls(statements, {"Fn::GetAtt": [name, "Arn"]})
    deny_without_tls(statements, {"Fn::Sub": f"${{{name}.Arn}}/*"})


def test_raw_messages_are_archived_and_expire_and_what_failed_its_signature_sooner(packaged):
    bucket = packaged.properties("RawBucket")
    rules = {each["Id"]: each for each in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(each["Status"] == "Enabled" for each in rules.values())
    messages = rules["messages-archive-and-expire"]
    assert messages["Prefix"] == "messages/"
    (move,) = messages["Transitions"]
    assert move == {"StorageClass": "STANDARD_IA", "TransitionInDays": {"Ref": "RawArchiveDays"}}
    assert messages["ExpirationInDays"] == {"Ref": "RawExpiryDays"}
    defaults = {n: p.get("Default") for n, p in packaged.template["Parameters"].items()}
    assert (defaults["RawArchiveDays"], defaults["RawExpiryDays"]) == (90, 3 * 365)
    unverified = rules["unverified-expire"]
    assert unverified["TagFilters"] == [{"Key": "verified", "Value": "no"}]
    assert unverified["ExpirationInDays"] == 7
    assert unverified["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert rules["old-versions-expire"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "AbortIncompleteMultipartUpload" in rules["unfinished-uploads-abort"]


def test_the_master_keys_rotate_and_have_names(packaged):
    keys = packaged.of_type("AWS::KMS::Key")
    assert set(keys) == {"DataKey", "StorageKey"}
    assert all(each["EnableKeyRotation"] for each in keys.values())
    aliases = packaged.of_type("AWS::KMS::Alias").values()
    assert {referenced(each["TargetKeyId"]) for each in aliases} == set(keys)


def test_the_data_key_is_open_only_to_roles_whose_policy_names_it(packaged):
    (statement,) = packaged.properties("DataKey")["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {
        "AWS": {"Fn::Sub": ("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}
    }


def test_the_storage_key_is_open_to_everyone_only_within_the_account_and_through_a_service(
    packaged,
):
    statements = packaged.properties("StorageKey")["KeyPolicy"]["Statement"]
    (open_to_all,) = [each for each in statements if each["Principal"] == {"AWS": "*"}]
    condition = open_to_all["Condition"]["StringEquals"]
    assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
    assert len(condition["kms:ViaService"]) == 3


def test_secrets_are_generated_and_none_stands_in_the_template(packaged):
    secrets = packaged.of_type("AWS::SecretsManager::Secret")
    assert {each["Name"]["Fn::Sub"] for each in secrets.values()} == {
        "oms/${Stage}/tokens-pepper",
        "oms/${Stage}/numbers-key",
        "oms/${Stage}/recipients-key",
    }
    for each in secrets.values():
        assert set(each) == {"Name", "KmsKeyId", "GenerateSecretString"}
    text = json.dumps(packaged.template)
    assert re.findall(r"AKIA[0-9A-Z]{16}|-----BEGIN|\"SecretString\"|eyJ[\w-]{20,}", text) == []
    assert all("Password" not in name for name in packaged.template["Parameters"])


def test_the_environment_is_what_the_settings_read(packaged):
    variables = packaged.template["Globals"]["Function"]["Environment"]["Variables"]
    settings = read_settings(
        {name: value if isinstance(value, str) else "8" for name, value in variables.items()}
        | {"AWS_REGION": "ap-northeast-1"}
    )
    assert set(settings.tables) == set(TABLES)
    assert {name: referenced(variables[f"OMS_QUEUE_{name.upper()}_URL"]) for name in QUEUES} == {
        name: f"{name.capitalize()}Queue" for name in QUEUES
    }
    assert {name: referenced(variables[f"OMS_TABLE_{name.upper()}"]) for name in TABLES} == {
        name: name.capitalize() for name in TABLES
    }
    assert referenced(variables["OMS_RAW_BUCKET"]) == "RawBucket"
    assert referenced(variables["OMS_DATA_KEY"]) == "DataKey"


def test_no_value_of_the_environment_is_written_out_but_these(packaged):
    variables = packaged.template["Globals"]["Function"]["Environment"]["Variables"]
    assert {name: value for name, value in variables.items() if isinstance(value, str)} == {
        "POWERTOOLS_SERVICE_NAME": "oms",
        "POWERTOOLS_METRICS_NAMESPACE": "OMS",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
        "POWERTOOLS_TRACER_CAPTURE_ERROR": "false",
    }


def test_the_api_is_regional_throttled_traced_and_has_one_stage(packaged):
    api = packaged.properties("RestAPI")
    assert api["EndpointConfiguration"] == "REGIONAL"
    assert api["TracingEnabled"] is True
    (method,) = api["MethodSettings"]
    assert (method["ResourcePath"], method["HttpMethod"]) == ("/*", "*")
    assert method["ThrottlingRateLimit"] == {"Ref": "ApiRate"}
    assert method["ThrottlingBurstLimit"] == {"Ref": "ApiBurst"}
    assert method["DataTraceEnabled"] is False
    assert packaged.template["Globals"]["Api"]["OpenApiVersion"] == "2.0"


def test_the_access_log_is_json_without_personal_data(packaged):
    setting = packaged.properties("RestAPI")["AccessLogSetting"]
    assert referenced(setting["DestinationArn"]) == "ApiAccessLog"
    assert "RetentionInDays" in packaged.properties("ApiAccessLog")
    fields = set(json.loads(setting["Format"]).values())
    personal = ("sourceIp", "userAgent", "context.path", "requestOverride", "identity", "header")
    assert [each for each in fields for word in personal if word in each] == []


def test_what_the_gateway_refuses_is_answered_as_code_and_message(packaged):
    responses = packaged.properties("RestAPI")["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED", "ACCESS_DENIED"} <= set(responses)
    for kind, response in responses.items():
        template = response["ResponseTemplates"]["application/json"]
        # API Gateway puts the message in with its quotes.
        body = json.loads(template.replace("$context.error.messageString", '"a message"'))
        assert set(body) == {"code", "message"}, kind


def alarms_on(package, metric, dimension):
    return {
        referenced(value["Value"]): alarm
        for alarm in package.of_type(ALARM).values()
        if alarm["MetricName"] == metric
        for value in alarm["Dimensions"]
        if value["Name"] == dimension
    }


def test_one_dead_letter_raises_an_alarm_on_every_such_queue(packaged):
    alarms = alarms_on(packaged, "ApproximateNumberOfMessagesVisible", "QueueName")
    wanted = {f"{name.capitalize()}DeadLetters" for name in WORKERS} | {"FailedInvocations"}
    assert set(alarms) == wanted
    for alarm in alarms.values():
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_work_that_waits_too_long_raises_an_alarm(packaged):
    alarms = alarms_on(packaged, "ApproximateAgeOfOldestMessage", "QueueName")
    assert set(alarms) == {f"{name.capitalize()}Queue" for name in WORKERS}
    assert all(300 <= alarm["Threshold"] <= 1800 for alarm in alarms.values())


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_errors_and_throttles_of_every_function_raise_an_alarm(packaged, metric):
    alarms = alarms_on(packaged, metric, "FunctionName")
    assert set(alarms) == set(packaged.of_type(FUNCTION))
    assert all(alarm["Threshold"] == 1 for alarm in alarms.values())


def test_unsent_events_raise_an_alarm_and_so_does_a_sweeper_that_says_nothing(packaged):
    alarm = packaged.properties("UnsentEventsAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("OMS", "UnsentEvents")
    assert alarm["TreatMissingData"] == "breaching"


def test_server_errors_of_the_api_raise_an_alarm(packaged):
    alarm = packaged.properties("ApiServerErrorsAlarm")
    assert alarm["MetricName"] == "5XXError"
    assert alarm["Dimensions"][0]["Value"] == packaged.properties("RestAPI")["Name"]
    assert alarm["Dimensions"][1]["Value"] == packaged.properties("RestAPI")["StageName"]


def test_every_alarm_goes_to_the_topic(packaged):
    for name, alarm in packaged.of_type(ALARM).items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
    assert referenced(packaged.properties("AlarmTopic")["KmsMasterKeyId"]) == "StorageKey"


def test_the_dashboard_shows_every_queue_and_function(packaged):
    text = packaged.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(text)["widgets"]
    assert len({(each["x"], each["y"]) for each in widgets}) == len(widgets)
    shown = Counter(re.findall(r"\$\{(\w+)[.}]", text))
    assert {*packaged.of_type(QUEUE), *packaged.of_type(FUNCTION)} <= set(shown)
