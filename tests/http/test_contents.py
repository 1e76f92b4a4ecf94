"""What messages say, leaf by leaf, by those who may not see persons."""

from __future__ import annotations

from chalicelib.kernel.roles import Role
from tests.http.qimen import entry
from tests.http.world import EAST, Site

METHOD = "entryorder.confirm"
DAY = "2026-11-22"


def confirmed(site: Site) -> str:
    more = "<remark>请联系张三 13812345678</remark>"
    site.callback(METHOD, entry("PO1", ("1", "TEE", 5), ("2", "MUG", 7), more=more))
    return str(site.logged()[-1]["id"])


def test_a_message_is_told_as_header_and_lines_without_persons(site: Site) -> None:
    answer = site.ask(f"/v1/messages/{confirmed(site)}/content", site.token(Role.OPERATOR))
    told = answer.json_body
    assert told["header"]["entryOrder/entryOrderCode"] == "PO1"
    assert [line["leaves"]["itemCode"] for line in told["lines"]] == ["TEE", "MUG"]
    assert told["lines"][1]["path"] == "/request/orderLines/orderLine[2]"
    assert "张三" not in answer.body.decode()
    assert "13812345678" not in answer.body.decode()


def test_lines_of_a_day_are_found_by_what_a_leaf_says(site: Site) -> None:
    first = confirmed(site)
    site.callback(METHOD, entry("PO2", ("1", "CUP", 1)))
    whose = {"peer": f"wms:{EAST}", "day": DAY}
    found = site.ask("/v1/message-lines", **whose, method=METHOD, field="itemCode", value="MUG")
    (line,) = found.json_body["lines"]
    assert (line["message_id"], line["number"], line["leaves"]["actualQty"]) == (first, 2, "7")
    by_header = site.ask("/v1/message-lines", **whose, field="entryOrderCode", value="PO2")
    assert [each["leaves"]["itemCode"] for each in by_header.json_body["lines"]] == ["CUP"]
    assert site.ask("/v1/message-lines", **whose, outcome="REFUSED").json_body["lines"] == []


def test_a_day_is_read_page_by_page_and_what_cannot_be_read_says_so(site: Site) -> None:
    for number in range(26):
        site.callback(METHOD, entry(f"PO{number}", ("1", "TEE", 5)))
    site.callback(METHOD, "<request><broken></request>")
    whose = {"peer": f"wms:{EAST}", "day": DAY}
    first = site.ask("/v1/message-lines", **whose).json_body
    assert len(first["lines"]) == 25
    rest = site.ask("/v1/message-lines", **whose, cursor=first["next_cursor"]).json_body
    assert [each["unreadable"] for each in rest["lines"]] == ["", "malformed_xml"]
    assert rest["next_cursor"] is None


def test_a_document_that_is_no_xml_is_refused_and_its_bytes_are_there(site: Site) -> None:
    answer = site.ask(f"/v1/messages/{site.logged()[0]['id']}/content")
    assert (answer.status_code, answer.json_body["code"]) == (400, "malformed_xml")


def test_a_message_without_an_answer_has_none_to_tell(site: Site) -> None:
    answer = site.ask(f"/v1/messages/{confirmed(site)}/content", part="answer")
    assert (answer.status_code, answer.json_body["code"]) == (404, "no_answer")
