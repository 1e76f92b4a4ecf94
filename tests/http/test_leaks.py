"""The main job with people's data in it, and bad messages that hold some: none of it is found in
log lines, metrics, answers, events, queues, rows, or the bucket's bytes; neither is a secret
(T14).
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.aws.observability import logger
from local.seeding import EAST, SHOP
from tests.fakes.cloud import Cloud
from tests.proofs.deliveries import Asked, Callback, ComesAgain, Delivery, Signed
from tests.proofs.main_job import MainJob, line, order_body
from tests.proofs.recording import pump_of, settle
from tests.proofs.world import World, new_world

PERSONAL = (
    "张小明",
    "13900001234",
    "139 0000 1234",
    "969 号 3 幢 502 室",
    "3 幢",
    "502",
    "请用黑色袋子",
    "欧阳金丝雀",
    "13811112222",
    "canary@example.com",
    "金丝雀路 77 号",
    "别按门铃",
    "91330100MA0CANARY0",
)
"""What the job's buyers and the canaries below are and say."""

MASKED = ("张**", "139******34")
"""What may be shown of them."""

CANARY: dict[str, Any] = {
    "receiver": {
        "name": "欧阳金丝雀",
        "mobile": "13811112222",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "address": "金丝雀路 77 号",
    },
    "buyer": {"nick": "欧阳金丝雀", "remark": "别按门铃", "email": "canary@example.com"},
    "seller_remark": "别按门铃 13811112222",
    "invoice": {"kind": "COMPANY", "title": "欧阳金丝雀", "tax_no": "91330100MA0CANARY0"},
}

STEP = (
    "<request><order><orderCode>{code}</orderCode></order><process>"
    "<processStatus>{status}</processStatus><operatorName>欧阳金丝雀</operatorName>"
    "<remark>别按门铃 13811112222</remark></process></request>"
)


class Ear:
    """Hears everything that is said aloud: log lines, answers, and what is delivered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines = io.StringIO()
        self.answers: list[str] = []
        self.events: list[str] = []

    def deliver(self, delivery: Delivery) -> Any:
        said = [
            *self.world.queued(),
            json.dumps(self.world.raw_rows("outbox"), ensure_ascii=False),
            str(delivery) if not isinstance(delivery, Signed | Asked | Callback) else "",
        ]
        self.events.extend(said)
        try:
            answer = self.world.deliver(delivery)
        except ComesAgain as refused:
            answer = str(refused)
        self.answers.append(str(answer))
        return answer


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    """After the main job, and after everything in it that could have gone wrong."""
    (handler,) = [each for each in logger.handlers if hasattr(each, "setStream")]
    with new_world() as world:
        heard = Ear(world)
        before = handler.setStream(heard.lines)
        try:
            _play(heard)
            yield heard
        finally:
            handler.setStream(before)


def _play(ear: Ear) -> None:
    world = ear.world
    pump = pump_of(world, ear.deliver)
    world.incoming = ear.deliver
    job = MainJob(world, ear.deliver, lambda: settle(pump))
    job.play()
    for changes in (
        {},
        {"payable": "1.00"},
        {"lines": [line(1, "NONE", 1, "10.00")]},
        {"currency": "欧阳金丝雀"},
        {"placed_at": "13811112222"},
        {"欧阳金丝雀 13811112222": 1},
        {"receiver": CANARY["receiver"] | {"name": "欧阳金丝雀\x00"}},
        {"receiver": CANARY["receiver"] | {"13811112222": "x"}},
        {"lines": [line(1, "MUG", 1, "欧阳金丝雀")]},
        {"invoice": {"kind": "欧阳金丝雀", "title": "x"}},
    ):
        body = order_body("canary", [line(1, "MUG", 1, "35.50")], payable="35.50")
        ear.deliver(Signed(path="/v1/orders", client=SHOP, body=body | CANARY | changes))
    settle(pump)
    _bad_callbacks(ear, job.numbers["main"])
    for path in ("hold", "release", "cancel"):
        body = {"hold": "MANUAL", "reason": "别按门铃 13811112222"}
        ear.deliver(Asked(path=f"/v1/orders/{job.numbers['main']}/{path}", body=body))
    for path in ("", "/track", "/invoices"):
        ear.deliver(Asked(verb="GET", path=f"/v1/orders/{job.numbers['main']}{path}", body={}))
    ear.deliver(Asked(verb="GET", path="/v1/exceptions", body={}))
    settle(pump)


def _bad_callbacks(ear: Ear, order_no: str) -> None:
    for method, text in (
        ("orderprocess.report", STEP.format(code="NONE", status="PICK")),
        ("orderprocess.report", STEP.format(code=f"{order_no}-01", status="EXCEPTION")),
        ("orderprocess.report", STEP.format(code=f"{order_no}-01", status="别按门铃 13811112222")),
        ("orderprocess.report", STEP.format(code="欧阳金丝雀", status="PICK")[:-3]),
        ("deliveryorder.confirm", STEP.format(code=f"{order_no}-01", status="PICK")),
        ("no.such.method", STEP.format(code="NONE", status="PICK")),
    ):
        ear.deliver(Callback(wms=EAST, method=method, body=text.encode()))
        ear.deliver(Callback(wms=EAST, method=method, body=text.encode("gbk")))


def secrets_of(world: World) -> list[str]:
    seeded = world.seeded
    return [
        *seeded.client_secrets.values(),
        *(value.removeprefix("whsec_") for value in seeded.client_secrets.values()),
        *seeded.tokens.values(),
        *(each.secret for each in seeded.warehouses),
        seeded.tax_secret,
        seeded.tax_token,
        seeded.sms_secret,
        seeded.upstream_secret,
        "tokens-pepper-for-tests",
        "numbers-key-for-tests",
    ]


def found_in(text: str, world: World) -> list[str]:
    """The canaries and secrets that a text holds, in whichever spelling."""
    found = []
    for canary in (*PERSONAL, *secrets_of(world)):
        spellings = {
            canary,
            json.dumps(canary)[1:-1],
            quote(canary),
            quote(canary, encoding="gbk"),
            repr(canary.encode())[2:-1],
            base64.b64encode(canary.encode()).decode().rstrip("=")[:-1],
        }
        if canary.isdecimal() and len(canary) == 3:
            # Three digits stand in many a number; only as a text of its own they say something.
            spellings = {f'"{canary}"', f"{canary} 室"}
        found += [canary for spelling in spellings if spelling in text]
    return found


def test_the_scan_finds_what_is_planted(ear: Ear) -> None:
    for planted in ("x张小明x", quote("金丝雀路 77 号"), json.dumps("别按门铃"), '"502"'):
        assert found_in(planted, ear.world) != []
    for secret in secrets_of(ear.world):
        assert found_in(f"a {secret} b", ear.world) != []
    assert found_in("张** 139******34 order 2611220502", ear.world) == []


def test_every_log_line_is_one_json_object_and_holds_nothing_of_a_person(ear: Ear) -> None:
    lines = ear.lines.getvalue().splitlines()
    assert len(lines) > 100
    for each in lines:
        assert isinstance(json.loads(each), dict)
    assert found_in(ear.lines.getvalue(), ear.world) == []


def test_no_answer_tells_more_than_the_masked_forms(ear: Ear) -> None:
    text = "\n".join(ear.answers)
    assert found_in(text, ear.world) == []
    assert all(masked in text for masked in MASKED)


def test_no_event_and_no_message_of_a_queue_holds_any(ear: Ear) -> None:
    assert sum(map(len, ear.events)) > 10_000
    assert found_in("\n".join(ear.events), ear.world) == []


@pytest.mark.parametrize("table", ["documents", "stock", "messages", "outbox"])
def test_no_row_holds_any(ear: Ear, table: str) -> None:
    found = {
        (hit, row["pk"]["S"].partition("#")[0], row["sk"]["S"].partition("#")[0])
        for row in ear.world.raw_rows(table)
        for hit in found_in(json.dumps(row, ensure_ascii=False), ear.world)
    }
    assert found == set()


def test_what_lies_in_the_bucket_is_sealed(ear: Ear) -> None:
    cloud: Cloud = ear.world.cloud
    s3, names = cloud.clients["s3"], ear.world.object_names()
    assert len([name for name in names if name.startswith("messages/")]) > 50
    for name in names:
        answer = s3.get_object(Bucket=cloud.settings.raw_bucket, Key=name)
        body = answer["Body"].read()
        for canary in (*PERSONAL[:2], *PERSONAL[6:]):
            assert canary.encode() not in body
            assert canary.encode("gbk") not in body
        assert found_in(json.dumps(answer["Metadata"]) + name, ear.world) == []


def test_metrics_hold_none(ear: Ear, capsys: pytest.CaptureFixture[str]) -> None:
    body = order_body("metric", [line(1, "NONE", 1, "35.50")], payable="35.50") | CANARY
    ear.deliver(Signed(path="/v1/orders", client=SHOP, body=body))
    printed = capsys.readouterr().out
    assert '"_aws"' in printed
    for each in printed.splitlines():
        assert isinstance(json.loads(each), dict)
    assert found_in(printed, ear.world) == []
