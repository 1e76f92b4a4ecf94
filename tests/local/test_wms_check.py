"""A folder of messages on an OMS in the same process: every answer, effect and byte accounted
for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib import bootstrap
from local.cli.application import app

RECEIPT = (
    "<request><entryOrder><entryOrderCode>E-77</entryOrderCode>"
    "<warehouseCode>一号仓</warehouseCode><ownerCode>O1</ownerCode><outBizCode>B1</outBizCode>"
    "<confirmType>0</confirmType><status>FULFILLED</status></entryOrder><orderLines><orderLine>"
    "<orderLineNo>0</orderLineNo><itemCode>CUP</itemCode><planQty>6</planQty>"
    "<actualQty>5</actualQty></orderLine></orderLines></request>"
)

SHIPMENT = (
    "<request><deliveryOrder><deliveryOrderCode>{code}</deliveryOrderCode>"
    "<orderType>JYCK</orderType><confirmType>0</confirmType></deliveryOrder><packages><package>"
    "<expressCode>SF1</expressCode><items><item><itemCode>CUP</itemCode><quantity>2</quantity>"
    "</item></items></package></packages></request>"
)

OTHER_OUT = (
    "<request><deliveryOrder><deliveryOrderCode>OUT-5</deliveryOrderCode>"
    "<orderType>CGTH</orderType><warehouseCode>一号仓</warehouseCode><confirmType>0</confirmType>"
    "<outBizCode>B5</outBizCode></deliveryOrder><orderLines><orderLine><orderLineNo>1</orderLineNo>"
    "<itemCode>CUP</itemCode><planQty>4</planQty><actualQty>4</actualQty></orderLine></orderLines>"
    "</request>"
)

COME_BACK = (
    "<request><returnOrder><returnOrderCode>R-3</returnOrderCode><warehouseCode>W2</warehouseCode>"
    "<orderType>THRK</orderType><outBizCode>B3</outBizCode></returnOrder><orderLines><orderLine>"
    "<itemCode>CUP</itemCode><inventoryType>CC</inventoryType><planQty>2</planQty>"
    "<actualQty>2</actualQty></orderLine></orderLines></request>"
)

STEP = (
    "<request><order><orderCode>S-1</orderCode><orderType>JYCK</orderType></order><process>"
    "<processStatus>PICK</processStatus><operateTime>2019-03-01 08:00:00</operateTime></process>"
    "</request>"
)

CHANGE = (
    "<request><items><item><ownerCode>O1</ownerCode><warehouseCode>W2</warehouseCode>"
    "<orderCode>C1</orderCode><orderType>QTCK</orderType><outBizCode>C1</outBizCode>"
    "<itemCode>CUP</itemCode><inventoryType>ZP</inventoryType><quantity>-3</quantity></item>"
    "</items></request>"
)


LARGE = b"<request>" + b"<a>x</a>" * 150_000 + b"</request>"


@pytest.fixture(autouse=True)
def left_as_it_was() -> Iterator[None]:
    yield
    bootstrap.reset()


def check(folder: Path, *options: str, **files: str | bytes) -> Result:
    for name, body in files.items():
        path = folder / f"{name.replace('_DOT_', '.')}.xml"
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return CliRunner().invoke(app, ["wms-check", str(folder), *options])


def lines(result: Result) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {each["file"].partition("__")[2].removesuffix(".xml"): each for each in found}


PROCESSED = (
    "<request><processOrderCode>{code}</processOrderCode><warehouseCode>W2</warehouseCode>"
    "<orderType>CNJG</orderType><outBizCode>{code}</outBizCode><materialitems>{used}"
    "</materialitems><productitems>{made}</productitems></request>"
)


def processed(code: str, used: dict[str, int], made: dict[str, int]) -> str:
    def items(pieces: dict[str, int]) -> str:
        return "".join(
            f"<item><itemCode>{sku}</itemCode><quantity>{count}</quantity></item>"
            for sku, count in pieces.items()
        )

    return PROCESSED.format(code=code, used=items(used), made=items(made))


def test_processing_orders_are_made_with_their_bom(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        storeprocess_DOT_confirm__assembled=processed("PK-1", {"CUP": 4, "LID": 2}, {"SET": 2}),
        storeprocess_DOT_confirm__apart=processed("PK-2", {"BOX": 1}, {"TEA": 3, "TIN": 1}),
    )
    assert result.exit_code == 0, result.output
    found = lines(result)
    for name, used, made in (
        ("assembled", ("4 x CUP", "2 x LID"), ("2 x SET",)),
        ("apart", ("1 x BOX",), ("3 x TEA", "1 x TIN")),
    ):
        assert found[name]["flag"] == "success"
        for each in (*used, *made):
            assert f"entry PROCESSING {each} ZP" in found[name]["effect"]


def test_a_processing_order_of_no_single_product_is_named(tmp_path: Path) -> None:
    many = processed("PK-3", {"CUP": 1, "LID": 1}, {"SET": 1, "TOY": 1})
    result = check(tmp_path, "--prepare", storeprocess_DOT_confirm__many=many)
    assert "PK-3" in result.output
    assert "one product of some materials" in result.output


def test_what_messages_speak_of_is_made_and_their_effect_is_seen(tmp_path: Path) -> None:
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        entryorder_DOT_confirm__receipt=RECEIPT,
        deliveryorder_DOT_confirm__first=SHIPMENT.format(code="D-9-01"),
        deliveryorder_DOT_confirm__second=SHIPMENT.format(code="D-9-02"),
        deliveryorder_DOT_confirm__plain=SHIPMENT.format(code="20201109000001"),
        orderprocess_DOT_report__step=STEP,
        stockchange_DOT_report__change=CHANGE,
    )
    assert result.exit_code == 0, result.output
    found = lines(result)
    assert all(
        set(each) == {"file", "status", "flag", "message", "effect", "stored"}
        for each in found.values()
    )
    assert {(each["status"], each["flag"], each["stored"]) for each in found.values()} == {
        (200, "success", True)
    }
    receipt = found["receipt"]["effect"]
    assert "purchase order E-77 APPROVED -> SHORT_CLOSED" in receipt
    assert "entry RECEIPT 5 x CUP ZP SUPPLIER:CHECK-SUPPLIER -> WAREHOUSE:CHECK-WH-1:ZP" in receipt
    for name, code in (("first", "D-9-01"), ("second", "D-9-02"), ("plain", "20201109000001")):
        effect = found[name]["effect"]
        assert f"fulfilment {code} ACCEPTED -> SHIPPED" in effect
        assert "entry SHIPMENT 2 x CUP" in effect
    assert "fulfilment S-1 ACCEPTED -> PICKING" in found["step"]["effect"]
    assert "entry OTHER_OUT 3 x CUP ZP WAREHOUSE:W2:ZP -> ADJUSTMENT" in found["change"]["effect"]


def test_other_goods_that_leave_have_their_order_made(tmp_path: Path) -> None:
    result = check(tmp_path, "--prepare", "--json", stockout_DOT_confirm__out=OTHER_OUT)
    assert result.exit_code == 0, result.output
    (out,) = lines(result).values()
    assert (out["flag"], out["stored"]) == ("success", True)
    assert "entry OTHER_OUT 4 x CUP" in out["effect"]


@pytest.mark.parametrize(
    ("order_type", "entry"),
    [
        ("QTRK", "entry OTHER_IN 5 x CUP ZP ADJUSTMENT -> WAREHOUSE:CHECK-WH-1:ZP"),
        ("LYRK", "entry REQUISITION_RETURN 5 x CUP ZP CONSUMPTION:CHECK-PARTNER -> "),
        ("B2BRK", "entry RECEIPT 5 x CUP ZP CUSTOMER:CHECK-PARTNER -> "),
        ("SCRK", "entry PROCESSING 5 x CUP ZP PRODUCTION -> "),
        ("CCRK", "entry OTHER_IN 5 x CUP ZP ADJUSTMENT -> "),
        ("CGRK", "entry RECEIPT 5 x CUP ZP SUPPLIER:CHECK-SUPPLIER -> "),
    ],
)
def test_goods_that_arrive_otherwise_have_an_order_of_their_type_made(
    tmp_path: Path, order_type: str, entry: str
) -> None:
    told = f"<entryOrderType>{order_type}</entryOrderType><outBizCode>"
    message = RECEIPT.replace("<outBizCode>", told)
    result = check(tmp_path, "--prepare", "--json", entryorder_DOT_confirm__in=message)
    assert result.exit_code == 0, result.output
    (found,) = lines(result).values()
    assert (found["flag"], found["stored"]) == ("success", True)
    assert entry in found["effect"]


def test_goods_of_a_transfer_arrive_from_where_they_have_left(tmp_path: Path) -> None:
    first = RECEIPT.replace("<outBizCode>", "<entryOrderType>DBRK</entryOrderType><outBizCode>")
    second = first.replace("E-77", "E-78")
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        entryorder_DOT_confirm__one=first,
        entryorder_DOT_confirm__two=second,
    )
    assert result.exit_code == 0, result.output
    for name, code in (("one", "E-77"), ("two", "E-78")):
        effect = lines(result)[name]["effect"]
        assert f"movement order {code} APPROVED -> " in effect
        assert "IN_TRANSIT -> PART_RECEIVED" in effect
        assert "entry TRANSFER_IN 5 x CUP ZP TRANSIT:" in effect
        assert "created; movement order" not in effect


TRANSFERRED = (
    "<request><transferOrderCode>TR-9</transferOrderCode>{ours}"
    "<fromWarehouseCode>一号仓</fromWarehouseCode><toWarehouseCode>二号仓</toWarehouseCode>"
    "<orderStatus>{status}</orderStatus><confirmOutTime>2019-03-01 08:00:00</confirmOutTime><items>"
    "<item><scItemCode>CUP</scItemCode><inventoryType>1</inventoryType><planCount>6</planCount>"
    "<outCount>6</outCount><inCount>{come}</inCount></item><item><scItemCode>CUP</scItemCode>"
    "<inventoryType>101</inventoryType><planCount>2</planCount><outCount>2</outCount>"
    "<inCount>{come}</inCount></item></items></request>"
)


@pytest.mark.parametrize("ours", ["<erpOrderCode>T-9</erpOrderCode>", ""])
def test_a_transfer_that_is_reported_whole_is_made_and_booked(tmp_path: Path, ours: str) -> None:
    first = TRANSFERRED.format(ours=ours, status="PARTDELIVERED", come=0)
    second = TRANSFERRED.format(ours=ours, status="FULFILLED", come=2)
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        transferorder_DOT_report__1=first,
        transferorder_DOT_report__2=second,
    )
    assert result.exit_code == 0, result.output
    code = "T-9" if ours else "TR-9"
    left, arrived = lines(result)["1"]["effect"], lines(result)["2"]["effect"]
    assert f"transfer {code} APPROVED -> IN_TRANSIT" in left
    assert "entry TRANSFER_OUT 6 x CUP ZP WAREHOUSE:" in left
    assert "entry TRANSFER_OUT 2 x CUP CC WAREHOUSE:" in left
    assert f"transfer {code} IN_TRANSIT -> PART_RECEIVED" in arrived
    assert "entry TRANSFER_IN 2 x CUP ZP TRANSIT:" in arrived
    assert "entry TRANSFER_IN 2 x CUP CC TRANSIT:" in arrived
    assert "exception" not in arrived


def test_orders_of_a_batch_are_made_and_told_apart(tmp_path: Path) -> None:
    first, second = (
        SHIPMENT.format(code=code).replace("request>", "order>") for code in ("D-1", "D-2")
    )
    info = "<orderInfo><deliveryOrderId>W-3</deliveryOrderId></orderInfo>"
    told = f"<order><deliveryOrderCode>D-3</deliveryOrderCode>{info}</order>"
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        deliveryorder_DOT_batchconfirm__two=f"<request><orders>{first}{second}</orders></request>",
        deliveryorder_DOT_batchcreate_DOT_answer__one=f"<request><orders>{told}</orders></request>",
    )
    found = lines(result)
    confirmed = found["two"]
    assert confirmed["flag"] == "success"
    assert "fulfilment D-1 ACCEPTED -> SHIPPED" in confirmed["effect"]
    assert "fulfilment D-2 ACCEPTED -> SHIPPED" in confirmed["effect"]
    assert found["one"]["flag"] == "success"


def test_goods_that_come_back_have_been_sold_before(tmp_path: Path) -> None:
    result = check(tmp_path, "--prepare", "--json", returnorder_DOT_confirm__back=COME_BACK)
    assert result.exit_code == 0, result.output
    (back,) = lines(result).values()
    assert (back["flag"], back["stored"]) == ("success", True)
    assert "return R-3 APPROVED -> REFUND_PENDING" in back["effect"]
    assert "entry RETURN 2 x CUP CC" in back["effect"]


def test_without_preparing_they_are_refused_and_stored(tmp_path: Path) -> None:
    result = check(tmp_path, "--json", entryorder_DOT_confirm__a=RECEIPT)
    assert result.exit_code == 0
    (told,) = lines(result).values()
    assert told["message"].startswith("unknown_order: /request/entryOrder/entryOrderCode")
    assert (told["flag"], told["effect"], told["stored"]) == ("failure", "none: refused", True)


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("deliveryorder.create", "<request/>", "unknown_method"),
        ("no.such.method", "<request/>", "unknown_method"),
        ("stockchange.report", "<items><item/></items>", "wrong_root"),
        ("entryorder.confirm", "<request><a>222<a/></request>", "malformed_xml"),
        ("entryorder.confirm", "", "empty_body"),
        ("entryorder.confirm", bytes(range(256)), "unsupported_encoding"),
        ("entryorder.confirm", LARGE, "body_too_large"),
        ("deliveryorder.confirm", "<!DOCTYPE a><request/>", "document_type"),
        ("deliveryorder.confirm", "<request>" * 500 + "</request>" * 500, "malformed_xml"),
    ],
)  # fmt: skip
def test_whatever_comes_is_answered_and_stored(
    tmp_path: Path, method: str, body: str | bytes, code: str
) -> None:
    result = check(tmp_path, "--prepare", "--json", **{f"{method.replace('.', '_DOT_')}__x": body})
    assert result.exit_code == 0, result.output
    (told,) = lines(result).values()
    assert (told["status"], told["flag"], told["stored"]) == (200, "failure", True)
    assert told["message"].startswith(f"{code}: ")


def test_gbk_is_read_and_a_repeat_has_no_effect(tmp_path: Path) -> None:
    body = f'<?xml version="1.0" encoding="GBK"?>{RECEIPT}'.encode("gbk")
    result = check(
        tmp_path, "--prepare", "--json",
        entryorder_DOT_confirm__1=body, entryorder_DOT_confirm__2=body,
    )  # fmt: skip
    found = lines(result)
    assert "entry RECEIPT 5 x CUP" in found["1"]["effect"]
    assert (found["2"]["flag"], found["2"]["effect"]) == ("success", "none: a repeat")


def test_a_connection_of_ones_own_signs_and_names_warehouses_its_way(tmp_path: Path) -> None:
    settings = {
        "code": "MINE", "url": "http://mine.invalid/qimen", "customer_id": "c1", "app_key": "k1",
        "owner": "O1", "sender": {"name": "n", "mobile": "10000000000", "province": "p",
        "city": "c", "district": "", "address": "a"}, "callback_sign_methods": ["hmac-sha256"],
    }  # fmt: skip
    (tmp_path / "wms.json").write_text(json.dumps(settings))
    folder = tmp_path / "messages"
    folder.mkdir()
    result = check(
        folder, "--prepare", "--json", "--wms", str(tmp_path / "wms.json"),
        entryorder_DOT_confirm__a=RECEIPT,
    )  # fmt: skip
    (told,) = lines(result).values()
    assert told["flag"] == "success", told


def test_people_get_a_table_and_a_folder_that_is_none_a_sentence(tmp_path: Path) -> None:
    result = check(tmp_path, "--prepare", entryorder_DOT_confirm__a=RECEIPT)
    assert "1 messages: 0 answered failure, 0 not stored." in result.output
    none = CliRunner().invoke(app, ["wms-check", str(tmp_path / "nothing")])
    assert none.exit_code == 2


def test_a_platform_that_knows_in_and_out_only_is_prepared_for_and_read(tmp_path: Path) -> None:
    settings = tmp_path / "wms.json"
    settings.write_text(
        json.dumps(
            {
                "code": "P1",
                "url": "https://platform.example/api",
                "customer_id": "c",
                "app_key": "a",
                "owner": "O1",
                "dialect": "inout",
                "sender": {
                    "name": "仓",
                    "mobile": "057112345678",
                    "province": "浙江省",
                    "city": "杭州市",
                    "address": "仓前街 1 号",
                },
            }
        )
    )
    folder = tmp_path / "messages"
    folder.mkdir()
    came = RECEIPT.replace("entryOrderCode", "orderCode").replace("entryOrder", "order")
    went = SHIPMENT.replace("deliveryOrderCode", "orderCode").replace("deliveryOrder", "order")
    result = check(
        folder,
        "--prepare",
        "--json",
        "--wms",
        str(settings),
        inbound_DOT_confirm__came=came,
        outbound_DOT_confirm__went=went.format(code="D-9-01").replace("JYCK", "OUT"),
        stockchange_DOT_report__change=CHANGE.replace("QTCK", "OUT").replace("-3", "3"),
    )
    assert result.exit_code == 0, result.output
    found = lines(result)
    assert {(each["flag"], each["stored"]) for each in found.values()} == {("success", True)}
    assert "purchase order E-77 APPROVED -> SHORT_CLOSED" in found["came"]["effect"]
    assert "fulfilment D-9-01 ACCEPTED -> SHIPPED" in found["went"]["effect"]
    assert "entry SUSPENSE 3 x CUP" in found["change"]["effect"]


ADJUSTED = (
    "<request><ownerCode>OWNER</ownerCode><warehouseCode>一号仓</warehouseCode>"
    "<adjustOrderCode>ADJ-9</adjustOrderCode><outBizCode>{code}</outBizCode>"
    "<adjustType>ADJUST</adjustType><items>{items}</items></request>"
)


def test_an_adjustment_that_is_reported_is_made_and_booked(tmp_path: Path) -> None:
    less = (
        "<item><itemCode>CUP</itemCode><inventoryType>ZP</inventoryType>"
        "<quantity>-4</quantity></item>"
    )
    more = less.replace("CUP", "JAR").replace("-4", "2")
    result = check(
        tmp_path,
        "--prepare",
        "--json",
        inventory_DOT_synchronize_DOT_report__1=ADJUSTED.format(code="R1", items=less),
        inventory_DOT_synchronize_DOT_report__2=ADJUSTED.format(code="R2", items=more),
    )
    assert result.exit_code == 0, result.output
    first, second = lines(result)["1"]["effect"], lines(result)["2"]["effect"]
    assert "ADJ-9 ORDERED -> PART_MADE" in first
    assert "4 x CUP ZP" in first
    assert "ADJ-9 PART_MADE -> MADE" in second
    assert "2 x JAR ZP" in second
    assert "exception" not in first + second
