"""The blocks that several messages share."""

from __future__ import annotations

import re

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.money import divide_half_up
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.incoming import Batch, ConfirmLine
from chalicelib.warehouse.documents.outgoing import Contact
from chalicelib.warehouse.texts import CODE_LENGTH, MESSAGE_LENGTH, name
from chalicelib.warehouse.xml import Content, Node, read, write

_WEIGHT = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_FLAGS = {"success": True, "failure": False}
_WMS_IDS = ("itemId", "entryOrderId", "deliveryOrderId")


def yes_no(value: bool) -> str:
    """`Y` or `N`."""
    return "Y" if value else "N"


def given(text: str) -> str | None:
    """A text that is left out when empty."""
    return text or None


def write_contact(contact: Contact) -> Content:
    """senderInfo or receiverInfo."""
    return {
        "company": given(name(contact.company)),
        "name": name(contact.name),
        "zipCode": given(contact.zip_code),
        "tel": given(contact.phone),
        "mobile": contact.mobile,
        "email": given(contact.email),
        "province": contact.province,
        "city": contact.city,
        "area": given(contact.district),
        "town": given(contact.town),
        "detailAddress": name(contact.address),
    }


def read_confirm_line(line: Node) -> ConfirmLine:
    """An orderLine of a confirm; its quantity is what counts, so it has to be there."""
    actual = line.needed_whole("actualQty")
    if actual < 0:
        raise Malformed(
            "negative_quantity", "actualQty is not negative", field=f"{line.path}/actualQty"
        )
    return ConfirmLine(
        order_line_no=line.code("orderLineNo"),
        item_code=line.needed_code("itemCode"),
        item_id=line.code("itemId"),
        owner_code=line.code("ownerCode"),
        inventory_type=line.code("inventoryType"),
        planned=line.whole("planQty"),
        actual=actual,
        batches=read_batches(line, actual),
        out_biz_code=line.code("outBizCode"),
        path=line.path,
    )


def read_batches(line: Node, quantity: int) -> tuple[Batch, ...]:
    """The batches of a line: those listed, else the one that its own fields name."""
    listed = tuple(
        _batch(node, _batch_quantity(node), "") for node in line.listed("batchs", "batch")
    )
    if listed:
        return listed
    own = _batch(line, quantity, line.code("inventoryType"))
    return (own,) if own.code or own.product_date or own.expire_date else ()


def _batch(node: Node, quantity: int | None, inventory_type: str) -> Batch:
    return Batch(
        code=node.code("batchCode"),
        product_date=node.date("productDate"),
        expire_date=node.date("expireDate"),
        produce_code=node.code("produceCode"),
        inventory_type=inventory_type or node.code("inventoryType"),
        quantity=quantity,
        path=node.path,
    )


def _batch_quantity(node: Node) -> int | None:
    actual = node.whole("actualQty")
    return node.whole("quantity") if actual is None else actual


def read_grams(text: str | None) -> int:
    """A weight in kg as grams, half up; 0 for none or one that can't be read: it moves no stock."""
    found = _WEIGHT.fullmatch(text) if text else None
    if found is None:
        return 0
    decimals = found[2] or ""
    return divide_half_up(int(found[1] + decimals) * 1000, 10 ** len(decimals))


def read_response(body: bytes) -> Node:
    """The root of an answer; `Malformed` when it isn't one."""
    return read(body, root="response")


def read_answer(response: Node) -> Answer:
    """flag, code and text (`message`, in a dialect `msg`), and the WMS's own numbers.

    `flag` alone decides; one that is neither success nor failure is no answer (`Malformed`).
    """
    flag = (response.text("flag") or "").lower()
    if flag not in _FLAGS:
        raise Malformed("unknown_flag", "flag is success or failure", field="/response/flag")
    ids = [response.code(tag) for tag in _WMS_IDS]
    parts = response.listed("deliveryOrders", "deliveryOrder")
    ids += [part.code("deliveryOrderId") for part in parts]
    return Answer(
        success=_FLAGS[flag],
        code=(response.text("code") or "")[:CODE_LENGTH],
        message=response.text("message") or response.text("msg") or "",
        wms_ids=tuple(dict.fromkeys(each for each in ids if each)),
    )


def write_answer(answer: Answer) -> bytes:
    """What the OMS answers to a callback."""
    return write(
        "response",
        {
            "flag": "success" if answer.success else "failure",
            "code": answer.code,
            "message": answer.message[:MESSAGE_LENGTH],
        },
    )
