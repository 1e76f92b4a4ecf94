"""The canary: what our proofs need of moto, one probe each. If a new moto fails here, mend
`tests.harness.strict_moto` before believing any other green test.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

KEY = {"pk": {"S": "a"}}
THREADS, TURNS = 8, 40


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "g", "AttributeType": "S"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "gsi1",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield client


def item(client: Any, pk: str = "a") -> Any:
    return client.get_item(TableName="things", Key={"pk": {"S": pk}}).get("Item")


def put(client: Any, pk: str = "a", **attributes: Any) -> None:
    client.put_item(TableName="things", Item={"pk": {"S": pk}, **attributes})


def update(client: Any, expression: str, values: dict[str, Any], **rest: Any) -> None:
    client.update_item(
        TableName="things",
        Key=KEY,
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
        **rest,
    )


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as failure:
        work()
    return str(failure.value.response["Error"]["Code"])


def adding(amount: str) -> list[dict[str, Any]]:
    values = {":n": {"N": amount}}
    change = {"TableName": "things", "Key": KEY, "UpdateExpression": "ADD n :n"}
    return [{"Update": {**change, "ExpressionAttributeValues": values}}]


def impossible() -> dict[str, Any]:
    return {
        "ConditionCheck": {
            "TableName": "things",
            "Key": {"pk": {"S": "nowhere"}},
            "ConditionExpression": "attribute_exists(pk)",
        }
    }


def records(client: Any, iterator: str | None = None) -> list[tuple[str, Any, Any]]:
    streams = stream_client()
    shard = iterator or open_iterator(client, "TRIM_HORIZON")
    return [
        (r["eventName"], r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage"))
        for r in streams.get_records(ShardIterator=shard)["Records"]
    ]


def stream_client() -> Any:
    # With an account in the host name moto doesn't know the service.
    return boto3.client("dynamodbstreams", config=Config(account_id_endpoint_mode="disabled"))


def open_iterator(client: Any, kind: str) -> str:
    arn = client.describe_table(TableName="things")["Table"]["LatestStreamArn"]
    streams = stream_client()
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return str(
        streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=kind)[
            "ShardIterator"
        ]
    )


def test_tok1_a_transaction_sent_three_times_under_one_token_counts_once(dynamodb: Any) -> None:
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=adding("1"), ClientRequestToken="one")
    assert item(dynamodb)["n"] == {"N": "1"}


def test_tok2_a_token_with_other_writes_is_refused(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=adding("1"), ClientRequestToken="one")
    code = refused(
        lambda: dynamodb.transact_write_items(TransactItems=adding("5"), ClientRequestToken="one")
    )
    assert code == "IdempotentParameterMismatchException"


def test_lim3_a_transaction_over_4_mb_is_refused(dynamodb: Any) -> None:
    puts = [
        {"Put": {"TableName": "things", "Item": {"pk": {"S": str(i)}, "v": {"S": "x" * 390_000}}}}
        for i in range(11)
    ]
    assert refused(lambda: dynamodb.transact_write_items(TransactItems=puts)) == (
        "ValidationException"
    )
    assert item(dynamodb, "0") is None


def test_lim4_26_items_are_read_in_one_transaction(dynamodb: Any) -> None:
    gets = [{"Get": {"TableName": "things", "Key": {"pk": {"S": str(i)}}}} for i in range(26)]
    assert len(dynamodb.transact_get_items(TransactItems=gets)["Responses"]) == 26


@pytest.mark.parametrize(
    "requests",
    [
        [{"PutRequest": {"Item": {"pk": {"S": str(i)}}}} for i in range(26)],
        [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}],
    ],
    ids=["26 puts", "put and delete of one key"],
)
def test_lim6_a_batch_over_25_or_with_one_key_twice_is_refused(
    dynamodb: Any, requests: list[Any]
) -> None:
    code = refused(lambda: dynamodb.batch_write_item(RequestItems={"things": requests}))
    assert code == "ValidationException"
    assert item(dynamodb) is None


def test_lim8_a_nested_map_can_not_grow_past_400_kb(dynamodb: Any) -> None:
    put(dynamodb, m={"M": {}})
    update(dynamodb, "SET m.k1 = :v", {":v": {"S": "x" * 200_000}})
    code = refused(lambda: update(dynamodb, "SET m.k2 = :v", {":v": {"S": "x" * 220_000}}))
    assert code == "ValidationException"
    assert list(item(dynamodb)["m"]["M"]) == ["k1"]


def test_at1_a_failed_upsert_leaves_no_item(dynamodb: Any) -> None:
    assert refused(lambda: update(dynamodb, "SET v = :v", {":v": {"S": "x" * 420_000}})) == (
        "ValidationException"
    )
    assert item(dynamodb) is None


def test_at2_a_failed_update_changes_nothing(dynamodb: Any) -> None:
    put(dynamodb, n={"N": "1"})
    values = {":n": {"N": "99"}, ":v": {"S": "x" * 420_000}}
    assert refused(lambda: update(dynamodb, "SET n = :n, v = :v", values)) == "ValidationException"
    assert item(dynamodb) == {**KEY, "n": {"N": "1"}}


def test_a_cancelled_transaction_changes_nothing_of_its_first_writes(dynamodb: Any) -> None:
    put(dynamodb, n={"N": "1"})
    writes = [*adding("1"), impossible()]
    assert refused(lambda: dynamodb.transact_write_items(TransactItems=writes)) == (
        "TransactionCanceledException"
    )
    assert item(dynamodb) == {**KEY, "n": {"N": "1"}}


def test_gs2_an_index_key_of_the_malformed_field_is_refused(dynamodb: Any) -> None:
    assert refused(lambda: put(dynamodb, g={"N": "1"})) == "ValidationException"


def test_st1_an_upsert_gives_one_insert(dynamodb: Any) -> None:
    update(dynamodb, "SET n = :n", {":n": {"N": "1"}})
    assert records(dynamodb) == [("INSERT", None, {**KEY, "n": {"N": "1"}})]


def test_st3_a_write_that_changes_nothing_gives_no_record(dynamodb: Any) -> None:
    put(dynamodb, n={"N": "1"})
    update(dynamodb, "SET n = :n", {":n": {"N": "1"}})
    put(dynamodb, n={"N": "1"})
    assert [kind for kind, _, _ in records(dynamodb)] == ["INSERT"]


def test_st5_a_record_keeps_its_image_when_the_item_changes(dynamodb: Any) -> None:
    put(dynamodb, m={"M": {"k": {"L": [{"S": "1"}]}}})
    update(dynamodb, "SET m.k[0] = :v", {":v": {"S": "2"}})
    first, second = records(dynamodb)
    assert first[2]["m"] == second[1]["m"] == {"M": {"k": {"L": [{"S": "1"}]}}}


def test_st6_a_cancelled_transaction_gives_no_record_and_open_iterators_live_on(
    dynamodb: Any,
) -> None:
    put(dynamodb, n={"N": "1"})
    iterator = open_iterator(dynamodb, "LATEST")
    refused(lambda: dynamodb.transact_write_items(TransactItems=[*adding("1"), impossible()]))
    put(dynamodb, "after")
    assert records(dynamodb, iterator) == [("INSERT", None, {"pk": {"S": "after"}})]


def in_threads(work: Callable[[Any, int, int], object]) -> Counter[object]:
    """What came of `work(client, thread, turn)`: its answers and its errors, counted."""
    seen: Counter[object] = Counter()
    gate = threading.Barrier(THREADS)
    clients = [
        boto3.client("dynamodb", config=Config(retries={"max_attempts": 0})) for _ in range(THREADS)
    ]

    def turns(thread: int) -> None:
        gate.wait()
        for turn in range(TURNS):
            try:
                seen[work(clients[thread], thread, turn)] += 1
            except ClientError as error:
                seen[error.response["Error"]["Code"]] += 1

    threads = [threading.Thread(target=turns, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def test_th1_no_addition_of_eight_threads_is_lost(dynamodb: Any) -> None:
    put(dynamodb, n={"N": "0"})
    in_threads(lambda client, *_: update(client, "ADD n :n", {":n": {"N": "1"}}))
    assert item(dynamodb)["n"] == {"N": "320"}


def test_th2_a_conditional_decrement_never_oversells(dynamodb: Any) -> None:
    put(dynamodb, av={"N": "100"})

    def take(client: Any, *_: int) -> str:
        values = {":n": {"N": "1"}}
        update(client, "SET av = av - :n", values, ConditionExpression="av >= :n")
        return "sold"

    assert in_threads(take) == {"sold": 100, "ConditionalCheckFailedException": 220}
    assert item(dynamodb)["av"] == {"N": "0"}


def test_th4_reservations_and_stock_always_add_up(dynamodb: Any) -> None:
    put(dynamodb, av={"N": "100"})

    def reserve(client: Any, thread: int, turn: int) -> str:
        stock = {
            "TableName": "things",
            "Key": KEY,
            "UpdateExpression": "SET av = av - :n",
            "ConditionExpression": "av >= :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        }
        row = {"TableName": "things", "Item": {"pk": {"S": f"r{thread}-{turn}"}}}
        client.transact_write_items(TransactItems=[{"Update": stock}, {"Put": row}])
        return "reserved"

    assert in_threads(reserve) == {"reserved": 100, "TransactionCanceledException": 220}
    assert item(dynamodb)["av"] == {"N": "0"}
    assert dynamodb.scan(TableName="things", Select="COUNT")["Count"] == 101


def test_th5_a_cancelled_transaction_takes_no_other_threads_write_with_it(dynamodb: Any) -> None:
    def work(client: Any, thread: int, turn: int) -> str:
        if thread == 0:
            client.transact_write_items(TransactItems=[impossible()])
        put(client, f"{thread}-{turn}")
        return "kept"

    assert in_threads(work) == {"kept": 280, "TransactionCanceledException": 40}
    assert dynamodb.scan(TableName="things", Select="COUNT")["Count"] == 280


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs")


def test_q2_a_deduplication_id_outlives_its_message(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    send = {"QueueUrl": url, "MessageGroupId": "g", "MessageDeduplicationId": "once"}
    sqs.send_message(MessageBody="first", **send)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.send_message(MessageBody="second", **send)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_q6_the_handle_of_an_earlier_receive_deletes_nothing(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="once")
    (first,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_s2_a_conditional_object_has_one_winner(sqs: Any) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
    )
    won: list[int] = []
    gate = threading.Barrier(4)

    def race() -> None:
        gate.wait()
        for number in range(20):
            try:
                s3.put_object(Bucket="raw", Key=str(number), Body=b"x", IfNoneMatch="*")
                won.append(number)
            except ClientError:
                continue

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(20))
