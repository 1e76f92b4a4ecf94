"""What makes two callbacks the same: business content; not places, not what a re-send stamps
anew.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_type_hints

import pytest

from chalicelib.warehouse.codec.incoming.deliveryorder import read_confirm
from chalicelib.warehouse.documents import incoming
from chalicelib.warehouse.recognising import Identity, identity
from chalicelib.warehouse.xml import read

CONFIRM = """<request><deliveryOrder><deliveryOrderCode>F-1</deliveryOrderCode>
  <operateTime>2026-03-04 09:30:00</operateTime><operatorCode>u7</operatorCode>
  <storageFee>1.50</storageFee><extendProps><sentAt>1</sentAt></extendProps>
  </deliveryOrder><packages><package><expressCode>SF1</expressCode><length>30</length>
  <packageMaterialList><packageMaterial><type>BOX</type><quantity>1</quantity>
  </packageMaterial></packageMaterialList></package></packages><orderLines><orderLine>
  <itemCode>A</itemCode><actualQty>1</actualQty><snList><sn>S1</sn></snList></orderLine>
  <orderLine><itemCode>B</itemCode><actualQty>2</actualQty><qrCode>q1</qrCode>
  </orderLine></orderLines></request>"""


def told(document: object) -> Identity:
    return identity(document, scope="W#m#F-1", out_biz_code="", confirm_type="", unique=False)


def of(text: str) -> Identity:
    return told(read_confirm(read(text.encode())))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<type>BOX</type>", "<type>BAG</type>"),
        ("<length>30</length>", "<length>31</length>"),
        ("<sn>S1</sn>", "<sn>S2</sn>"),
        ("<qrCode>q1</qrCode>", "<qrCode>q2</qrCode>"),
        ("<storageFee>1.50</storageFee>", "<storageFee>1.51</storageFee>"),
        ("<operatorCode>u7</operatorCode>", "<operatorCode>u8</operatorCode>"),
        ("<expressCode>SF1</expressCode>", "<expressCode>SF2</expressCode>"),
        ("<actualQty>1</actualQty>", "<actualQty>2</actualQty>"),
    ],
)
def test_everything_about_the_goods_counts(before: str, after: str) -> None:
    changed = CONFIRM.replace(before, after)
    assert of(changed).digest != of(CONFIRM).digest
    assert of(changed).timeless != of(CONFIRM).timeless


@pytest.mark.parametrize(
    ("before", "after"),
    [("09:30:00", "09:31:00"), ("<sentAt>1</sentAt>", "<sentAt>2</sentAt><try>2</try>")],
)
def test_what_a_resend_stamps_anew_makes_it_a_resend(before: str, after: str) -> None:
    changed = CONFIRM.replace(before, after)
    assert of(changed).digest != of(CONFIRM).digest
    assert of(changed).timeless == of(CONFIRM).timeless


def test_the_order_of_elements_and_lines_and_empty_ones_dont_count() -> None:
    head, _, rest = CONFIRM.partition("<orderLines>")
    first, _, second = rest.partition("</orderLine>")
    swapped = second.replace(
        "</orderLine></orderLines>", f"</orderLine>{first}</orderLine><batchs/></orderLines>"
    )
    assert of(f"{head}<orderLines>{swapped}").digest == of(CONFIRM).digest
    assert of(CONFIRM.replace("<qrCode>", "<unit/><remark>null</remark><qrCode>")) == of(CONFIRM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    code: str
    quantity: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    code: str
    quantity: int
    lines: tuple[int, ...] = ()
    note: str = ""
    count: int | None = None
    numbers: tuple[str, ...] = ()
    more: Before | None = None
    props: dict[str, str] = field(default_factory=dict)


def test_a_field_that_a_document_gets_later_changes_nothing_of_those_without_it() -> None:
    before, after = Before(code="F-1", quantity=0), After(code="F-1", quantity=0)
    assert told(before) == told(after)
    assert told(After(code="F-1", quantity=0, count=0)) != told(before)
    assert told(Before(code="F-1", quantity=1)) != told(before)


def documents() -> Iterator[type]:
    for module in pkgutil.iter_modules(incoming.__path__):
        held = vars(importlib.import_module(f"{incoming.__name__}.{module.name}"))
        own = (each for each in held.values() if dataclasses.is_dataclass(each))
        yield from (each for each in own if isinstance(each, type))


def test_every_moment_is_named_so_that_it_can_be_left_out() -> None:
    moments = {
        name
        for document in documents()
        for name, kind in get_type_hints(document).items()
        if "datetime.datetime" in str(kind)
    }
    assert "signed_at" in moments
    assert {name for name in moments if not name.endswith("_at")} == set()


def test_what_may_speak_of_people_is_never_shown() -> None:
    hidden = {"remark", "extend_props", "rest", "sender", "text", "operator_name", "signed_by"}
    for document in documents():
        for each in dataclasses.fields(document):
            if each.name in hidden:
                assert not each.repr, f"{document.__name__}.{each.name}"
