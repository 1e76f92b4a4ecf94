"""Serial numbers and waves: kept with their documents, refused of what isn't this WMS's."""

from __future__ import annotations

import pytest

from tests.warehouse.world import World, reserved

SERIALS = (
    "<request><totalPage>2</totalPage><currentPage>1</currentPage><pageSize>50</pageSize>"
    "<deliveryOrder><deliveryOrderCode>{no}</deliveryOrderCode></deliveryOrder><items><item>"
    "<itemCode>A</itemCode><sn>SN-1</sn><sn>SN-2</sn></item></items></request>"
)
ANY_SERIALS = (
    "<request><totalPage>1</totalPage><currentPage>1</currentPage><pageSize>50</pageSize>"
    "<order><orderCode>{no}</orderCode><orderType>JYCK</orderType></order><items><item>"
    "<itemCode>A</itemCode><sn>SN-1</sn></item></items></request>"
)
WAVE = (
    "<request><waveNum>W-7</waveNum><orders><order><deliveryOrderCode>{no}</deliveryOrderCode>"
    "<num>1</num></order><order><deliveryOrderCode>SOMEBODYS</deliveryOrderCode><num>2</num>"
    "</order></orders></request>"
)


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


@pytest.fixture
def no(world: World) -> str:
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    world.run()
    return no


@pytest.mark.parametrize(
    ("method", "body"),
    [("sn.report", SERIALS), ("order.sn.report", ANY_SERIALS), ("wavenum.report", WAVE)],
)
def test_it_is_kept_with_its_order_and_changes_nothing_else(
    world: World, no: str, method: str, body: str
) -> None:
    before = world.documents()
    for _ in range(2):
        assert world.callback(method, body.format(no=no)).text("flag") == "success"
    assert world.documents() == before
    found = [row for row in world.log.of_document(no).items if row["method"] == method]
    assert [row["outcome"] for row in found] == ["ACCEPTED", "ACCEPTED"]


@pytest.mark.parametrize(
    ("method", "body"),
    [("sn.report", SERIALS), ("order.sn.report", ANY_SERIALS), ("wavenum.report", WAVE)],
)
def test_of_an_order_that_is_not_this_wms_it_is_refused(
    world: World, no: str, method: str, body: str
) -> None:
    assert world.callback(method, body.format(no="NOBODYS")).text("code") == "unknown_order"
    assert world.callback(method, body.format(no=no), wms="W2").text("code") == "unknown_order"
