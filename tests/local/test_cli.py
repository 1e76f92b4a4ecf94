"""The command line, on the services and moto's cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, plan_exception
from chalicelib.kernel.writes import Exists, Update, Writes
from chalicelib.stock.store import balance_key
from tests.local.cli_world import AT, DAY, RECEIVED_XML, TEE, Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


# --- trace


def test_a_receipt_is_traced_to_the_element_that_said_what_arrived(stage: Stage) -> None:
    order, receipt, message = stage.purchased()
    found = stage.json("trace", receipt)
    assert (found["kind"], found["document"]) == ("receipt", receipt)
    assert {each["document"]: each["message_id"] for each in found["sources"]} == {
        order: "token:demo",
        receipt: message,
    }
    (entry,) = found["entries"]
    assert (entry["sku"], entry["quantity"], entry["value"]) == (TEE, 5, "126.67")
    assert entry["message"]["method"] == "entryorder.confirm"
    assert entry["path"] == "/request/orderLines/orderLine[2]"
    assert "<actualQty>5</actualQty>" in entry["element"]
    assert "白色圆领 T 恤" in entry["element"]
    assert "韩梅梅" not in entry["element"]


def test_a_purchase_order_is_traced_through_its_receipts(stage: Stage) -> None:
    order, receipt, _ = stage.purchased()
    found = stage.json("trace", order)
    assert found["kind"] == "purchase_order"
    assert [entry["document"] for entry in found["entries"]] == [receipt]


def test_an_order_is_traced_with_its_track_its_entries_and_their_values(stage: Stage) -> None:
    order, shipment, message = stage.shipped()
    found = stage.json("trace", order)
    assert found["kind"] == "order"
    kinds = [row["kind"] for row in found["track"]]
    assert kinds[0] == "placed"
    assert {"sourced", "accepted", "shipment", "parcel"} <= set(kinds)
    (entry,) = found["entries"]
    assert (entry["document"], entry["value"]) == (shipment, "-40.00")
    assert entry["message"]["id"] == message
    assert "<itemCode>TEE-WHITE-M</itemCode>" in entry["element"]
    assert found["invoice"] is None


def test_a_fulfilment_and_a_shipment_lead_to_the_same_entries_as_their_order(stage: Stage) -> None:
    order, shipment, _ = stage.shipped()
    of_order = stage.json("trace", order)["entries"]
    assert stage.json("trace", f"{order}-01")["entries"] == of_order
    assert stage.json("trace", shipment)["entries"] == of_order


def test_a_trace_can_be_narrowed_to_a_warehouse_sku_or_entry(stage: Stage) -> None:
    order, _, _ = stage.shipped()
    (entry,) = stage.json("trace", order)["entries"]
    for option, right in (("--warehouse", "WH-EAST"), ("--sku", TEE), ("--entry", entry["entry"])):
        assert len(stage.json("trace", order, option, right)["entries"]) == 1
        assert stage.json("trace", order, option, "OTHER")["entries"] == []


def test_an_entry_that_no_message_made_says_so(stage: Stage) -> None:
    stage.opened()
    (entry,) = stage.json("trace", "OPENING-WH-EAST")["entries"]
    assert entry["message"] is None
    assert entry["gap"] == "its source, token:demo, is no message of the log"


def test_no_personal_data_shows_in_a_trace(stage: Stage) -> None:
    order, _, _ = stage.shipped()
    shown = stage.done("trace", order) + stage.done("trace", order, "--json")
    for secret in ("张三", "13800000000", "文一西路"):
        assert secret not in shown


def test_for_people_a_trace_shows_the_chain_in_full(stage: Stage) -> None:
    _, receipt, message = stage.purchased()
    shown = stage.done("trace", receipt)
    assert f"receipt {receipt}" in shown
    assert f"<- message {message} (wms:WH-EAST entryorder.confirm)" in shown
    assert "<- /request/orderLines/orderLine[2]" in shown
    assert "<actualQty>5</actualQty>" in shown


def test_an_unknown_number_is_refused_with_exit_code_1(stage: Stage) -> None:
    result = stage.run("trace", "NOTHING-1")
    assert result.exit_code == 1
    assert "nothing is known of NOTHING-1 (id) [unknown_document]" in result.stderr
    assert stage.run("trace", "2611220000000000000-99").exit_code == 1


# --- messages


def test_messages_are_found_by_document_by_peer_and_by_outcome(stage: Stage) -> None:
    order, _, message = stage.purchased()
    by_document = stage.json("messages", "--document", order)["messages"]
    assert [each["id"] for each in by_document] == [message]
    by_peer = stage.json(
        "messages", "--peer", "wms:WH-EAST", "--method", "entryorder.confirm", "--day", "2026-11-22"
    )
    assert [each["id"] for each in by_peer["messages"]] == [message]
    assert stage.json("messages", "--outcome", "REFUSED")["messages"] == []
    assert message in stage.done("messages", "--document", order)


def test_messages_without_a_question_is_wrong_usage(stage: Stage) -> None:
    assert stage.run("messages").exit_code == 2
    assert stage.run("messages", "--method", "orders").exit_code == 2
    assert stage.run("messages", "--outcome", "REFUSED", "--day", "yesterday").exit_code == 2


def test_the_raw_bytes_of_a_message_come_out_unchanged(stage: Stage, tmp_path: Path) -> None:
    _, _, message = stage.purchased()
    result = stage.run("message", message, "--raw", "-")
    assert result.stdout_bytes == RECEIVED_XML
    file = tmp_path / "raw.xml"
    stage.done("message", message, "--raw", str(file))
    assert file.read_bytes() == RECEIVED_XML
    assert stage.json("message", message)["size"] == len(RECEIVED_XML)


# --- stock


def test_stock_shows_pieces_what_is_free_and_what_they_cost(stage: Stage) -> None:
    stage.opened()
    (balance,) = stage.json("stock", "WH-EAST")["balances"]
    assert balance["quantities"] == {"ZP": 10}
    assert (balance["available"], balance["reserved"]) == (10, 0)
    assert (balance["value"], balance["unit_cost"]) == ("200.00", "20.0000")
    assert stage.json("stock", "WH-EAST", "--sku", TEE)["balances"] == [balance]
    assert stage.json("stock", "WH-SOUTH")["balances"] == []
    assert "200.00" in stage.done("stock", "WH-EAST")


def test_closing_stock_tells_what_a_day_ended_with_and_its_totals(stage: Stage) -> None:
    stage.opened()
    today = stage.json("closing-stock", "WH-EAST", "2026-11-22")
    assert today["stock"] == [
        {
            "sku": TEE,
            "quantities": {"ZP": 10},
            "quantity": 10,
            "value": "200.00",
            "unit_cost": "20.0000",
            "entries_since_close": 1,
        }
    ]
    assert today["total"] == {"quantities": {"ZP": 10}, "quantity": 10, "value": "200.00"}
    before = stage.json("closing-stock", "WH-EAST", "2026-11-21", "--sku", TEE)
    assert before["stock"] == []
    assert "200.00" in stage.done("closing-stock", "WH-EAST", "2026-11-22", "--sku", TEE)


def test_closing_stock_that_cant_be_told_is_a_sentence(stage: Stage) -> None:
    late = stage.run("closing-stock", "WH-EAST", "2026-12-24")
    assert (late.exit_code, "(day) [day_not_begun]" in late.stderr) == (1, True)
    foreign = stage.run("closing-stock", "WH-EAST", "2026-11-22", "--category", "NONE")
    assert (foreign.exit_code, "(category)" in foreign.stderr) == (1, True)
    both = ("--category", "NONE", "--sku", TEE)
    assert stage.run("closing-stock", "WH-EAST", "2026-11-22", *both).exit_code == 2


def test_a_month_is_closed_and_reopened_with_who_and_why(stage: Stage) -> None:
    stage.opened()
    stage.done("close", "2026-11-22")
    stage.oms.closes.close_shard("2026-11-22.001", "WH-EAST", stage.oms.catalog.sku(TEE).bucket)
    checked = stage.json("period-checklist", "2026-10")
    assert (checked["passed"], checked["kind"]) == (True, "SOFT")
    closed = stage.json("period-close", "2026-10", "--reason", "before the books")
    assert (closed["state"], closed["version"], closed["reason"]) == (
        "SOFT_CLOSED",
        1,
        "before the books",
    )
    assert "OPEN, version 2" in stage.done("period-reopen", "2026-10", "--reason", "a mistake")
    found = stage.json("periods", "2026-10")
    assert [each["state"] for each in found["versions"]] == ["SOFT_CLOSED", "OPEN"]
    assert found["versions"][0]["by"] == found["versions"][1]["by"] != ""
    assert [each["period"] for each in stage.json("periods")["periods"]] == ["2026-10"]
    assert "a mistake" in stage.done("periods", "2026-10")


def test_a_month_that_isnt_in_order_is_told_point_by_point(stage: Stage) -> None:
    checked = stage.run("period-checklist", "2026-10")
    assert (checked.exit_code, "COSTED" in checked.stdout) == (1, True)
    blocked = stage.run("period-close", "2026-10", "--reason", "x")
    assert (blocked.exit_code, "[period_blocked]" in blocked.stderr) == (1, True)
    assert "blocks" in blocked.stdout
    early = stage.run("period-close", "2026-11", "--reason", "x")
    assert (early.exit_code, "[period_not_over]" in early.stderr) == (1, True)
    for wrong in ("UNEXPLAINED", "NOTHING=why"):
        option = ("period-close", "2026-10", "--reason", "x", "--sign-off", wrong)
        assert stage.run(*option).exit_code == 2


def test_stock_of_an_unknown_warehouse_is_refused(stage: Stage) -> None:
    result = stage.run("stock", "WH-WEST")
    assert result.exit_code == 1
    assert "there is no such warehouse" in result.stderr


def test_entries_of_a_document_carry_message_and_element(stage: Stage) -> None:
    _, receipt, message = stage.purchased()
    (entry,) = stage.json("entries", receipt)["entries"]
    assert (entry["from"], entry["to"]) == ("SUPPLIER:SUP1", "WAREHOUSE:WH-EAST:ZP")
    assert (entry["message_id"], entry["value"]) == (message, "126.67")
    assert message in stage.done("entries", receipt)


def test_a_day_is_closed_and_its_run_can_be_watched(stage: Stage) -> None:
    stage.opened()
    started = stage.json("close", "2026-11-22")
    assert (started["run"], started["state"], started["shards"]) == ("2026-11-22.001", "OPEN", 1)
    assert stage.json("close", "2026-11-22")["run"] == "2026-11-22.001"
    watched = stage.json("close-status", "2026-11-22.001")
    assert (watched["state"], watched["done"], watched["total"]) == ("OPEN", 0, 1)
    refused = stage.run("compare", "2026-11-22.001", "WH-EAST")
    assert (refused.exit_code, "nothing_to_compare" in refused.stderr) == (1, True)
    stage.oms.closes.close_shard("2026-11-22.001", "WH-EAST", stage.oms.catalog.sku(TEE).bucket)
    assert stage.json("close-status", "2026-11-22.001")["state"] == "CLOSED"
    assert stage.json("compare", "2026-11-22.001", "WH-EAST")["asked"] is True
    assert "1 of 1 shards" in stage.done("close-status", "2026-11-22.001")


def test_the_ledger_is_written_as_csv_and_as_parquet(stage: Stage, tmp_path: Path) -> None:
    _, receipt, message = stage.purchased()
    csv, parquet = tmp_path / "november.csv", tmp_path / "november.parquet"
    days = ("WH-EAST", "2026-11-01", "2026-11-30")
    told = stage.json("export", *days, str(csv))
    assert told == {"file": str(csv), "rows": 1, "until": "2026-11-22"}
    header, row = csv.read_bytes().decode("utf-8-sig").splitlines()
    assert header.startswith("posting_date,occurred_at,posted_at,warehouse,sku,sequence,kind,")
    assert f",{TEE},1,RECEIPT,5,SUPPLIER:SUP1," in row
    assert "1 entries, 2026-11-01 to 2026-11-22" in stage.done("export", *days, str(parquet))
    with duckdb.connect() as database:
        database.execute("SET TimeZone='UTC'")
        asked = database.execute(
            "SELECT posting_date, occurred_at::VARCHAR, sku, quantity, batch, before, after, value,"
            " document, message_id, typeof(value) FROM read_parquet(?)",
            [str(parquet)],
        )
        (found,) = asked.fetchall()
    assert found[0] == DAY
    assert found[2:] == (
        *(TEE, 5, None, 0, 5, Decimal("126.67"), receipt, message),
        "DECIMAL(18,2)",
    )
    assert sorted(each.name for each in tmp_path.iterdir()) == ["november.csv", "november.parquet"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-11-01", "2026-11-30", "november.xlsx"), "neither .csv nor .parquet"),
        (("2026-11-02", "2026-11-01", "november.csv"), "there are no days"),
        (("2026-12-02", "2026-12-03", "november.csv"), "there are no days"),
        (("2026-11-01", "2026-11-30", "nowhere/november.csv"), "can't be written"),
    ],
)
def test_an_export_that_cant_be_written_is_a_sentence(
    stage: Stage, tmp_path: Path, arguments: tuple[str, str, str], sentence: str
) -> None:
    since, until, name = arguments
    result = stage.run("export", "WH-EAST", since, until, str(tmp_path / name))
    assert (result.exit_code, sentence in " ".join(result.stderr.split())) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_an_audit_of_sound_books_ends_well_and_names_what_isnt(stage: Stage) -> None:
    stage.opened()
    assert "agree with the ledger" in stage.done("audit")
    stage.done("close", "2026-11-22")
    stage.oms.closes.close_shard("2026-11-22.001", "WH-EAST", stage.oms.catalog.sku(TEE).bucket)
    sound = stage.json("audit", "--warehouse", "WH-EAST", "--day", "2026-11-22")
    assert sound == {
        "warehouses": ["WH-EAST"],
        "run": "2026-11-22.001",
        "root_holds": True,
        "found": [],
    }
    spare = Update(
        key=balance_key("WH-EAST", TEE), condition=Exists(), refusal="gone", add={"available": 1}
    )
    stage.oms.tables.commit(Writes([spare]))
    result = stage.run("audit", "--json")
    (finding,) = json.loads(result.stdout)["found"]
    assert result.exit_code == 1
    assert (finding["check"], finding["sku"]) == ("AVAILABLE", TEE)
    assert (finding["kept"], finding["ledger"]) == ("11", "10")
    assert stage.run("audit").exit_code == 1


def test_a_day_that_isnt_closed_has_no_audit(stage: Stage) -> None:
    stage.opened()
    result = stage.run("audit", "--day", "2026-11-22")
    assert (result.exit_code, "2026-11-22 isn't closed" in result.stderr) == (1, True)


def test_a_day_that_is_not_here_yet_is_refused_with_its_field(stage: Stage) -> None:
    result = stage.run("close", "2026-12-24")
    assert result.exit_code == 1
    assert "2026-12-24 isn't here yet (business_date) [day_not_begun]" in result.stderr
    assert stage.run("close", "soon").exit_code == 2


def test_open_exceptions_are_listed_and_settled(stage: Stage) -> None:
    assert stage.json("exceptions") == {"exceptions": [], "more": False}
    case = ExceptionCase(
        id="shipped_short:F1",
        kind="shipped_short",
        document="F1",
        text="less left than was ordered",
        message_id="",
        raised_at=AT,
    )
    stage.oms.tables.commit(Writes([plan_exception(case)]))
    assert [each["id"] for each in stage.json("exceptions")["exceptions"]] == [case.id]
    assert "is settled: refunded" in stage.done("settle", case.id, "--because", "refunded")
    assert stage.json("exceptions") == {"exceptions": [], "more": False}
    assert stage.run("settle", "no:such", "--because", "x").exit_code == 1


def test_messages_to_a_wms_that_are_not_well_are_listed(stage: Stage) -> None:
    order, _, _ = stage.purchased()
    event = Event(
        id=f"PurchaseOrderApproved:{order}",
        kind="PurchaseOrderApproved",
        subject=order,
        occurred_at=AT,
        correlation=order,
        data={"warehouse": "WH-EAST"},
    )
    stage.oms.warehouse.purchase_order_approved(event)
    (waiting,) = stage.json("dispatches")["dispatches"]
    assert (waiting["id"], waiting["state"]) == (f"{order}#entryorder.create", "RETRY")
    assert stage.json("dispatches", "--state", "DEAD") == {"dispatches": []}
    assert "is RETRY" in stage.done("requeue", waiting["id"])
    assert stage.run("requeue", "no-such").exit_code == 1
    assert "stock_not_open" in stage.run("resend", waiting["id"]).output
    assert stage.run("resend", "no-such").exit_code == 1
    assert stage.run("dispatches", "--state", "ACKED").exit_code == 2


def test_rules_are_put_and_shown(stage: Stage) -> None:
    rules = {
        "rules": [{"code": "r", "predicate": "buyer_remarked", "hold_type": "REMARK"}],
        "most_warehouses": 2,
    }
    written = stage.done("rules", "put", "shop-demo", "-", stdin=json.dumps(rules))
    assert written == "1 rules of shop-demo, version 1.\n"
    assert stage.json("rules", "show", "shop-demo")["rules"][0]["predicate"] == "buyer_remarked"
    # The same from the same version is the first one again; anything else was made from an old one.
    again = stage.done("rules", "put", "shop-demo", "-", stdin=json.dumps(rules))
    assert again == written
    other = json.dumps(rules | {"most_warehouses": 3})
    stale = stage.run("rules", "put", "shop-demo", "-", stdin=other)
    assert (stale.exit_code, "stale_rules" in stale.stderr) == (1, True)


def test_only_what_failed_is_renewed(stage: Stage) -> None:
    for kind in ("invoice", "notice", "stock-message"):
        assert stage.run("renew", kind, "no-such").exit_code == 1
    assert stage.run("renew", "moon", "x").exit_code == 2


def test_numbers_of_one_buyer_share_their_gene(stage: Stage) -> None:
    found = stage.json("numbers", "buyer-1", "--count", "3")["numbers"]
    assert len(set(found)) == 3
    assert len({number[14:18] for number in found}) == 1
    assert stage.run("numbers", "buyer-1", "--count", "0").exit_code == 1


def test_statuses_are_put_and_shown(stage: Stage) -> None:
    row = {"document": "delivery", "code": "BOXED", "effect": "TRACK"}
    body = json.dumps({"rows": [row]})
    written = stage.done("statuses", "put", "WH-EAST", "-", stdin=body)
    assert written == "1 rows of WH-EAST, version 1.\n"
    shown = stage.json("statuses", "show", "WH-EAST")
    assert [each["code"] for each in shown["rows"]] == ["BOXED"]
    assert "正在打包" in stage.done("statuses", "show", "WH-EAST")
    stale = stage.run("statuses", "put", "WH-EAST", "-", stdin=body)
    assert (stale.exit_code, "stale_statuses" in stale.stderr) == (1, True)
    assert stage.run("statuses", "show", "no-such").exit_code == 1
