"""The lines of a confirm, and what they share with the lines of reports."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.lines import (
    NO_DETAILS,
    Batch,
    ConfirmLine,
    LineDetails,
)
from chalicelib.warehouse.documents.incoming.paging import Paging
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Node

FIRST_PAGE = 1


def read_confirm_lines(document: Node) -> tuple[ConfirmLine, ...]:
    """The orderLines of a confirm. None at all is a document without lines: a close."""
    return tuple([_confirm_line(line) for line in document.listed("orderLines", "orderLine")])


def _confirm_line(line: Node) -> ConfirmLine:
    """An orderLine; its quantity is what counts, so it has to be there.

    The platform's numbers have other names here than in a create; those are read too.
    """
    actual = pieces_of(line, "actualQty")
    line_no, item_code, item_id, owner, quality, out_biz_code, source, sub_source = line.codes(
        "orderLineNo",
        "itemCode",
        "itemId",
        "ownerCode",
        "inventoryType",
        "outBizCode",
        "orderSourceCode",
        "subSourceCode",
    )
    return ConfirmLine(
        order_line_no=line_no,
        item_code=item_code or line.needed_code("itemCode"),
        item_id=item_id,
        owner_code=owner,
        inventory_type=quality,
        planned=line.whole("planQty"),
        actual=actual,
        batches=read_batches(line, actual),
        out_biz_code=out_biz_code,
        path=line.path,
        item_name=name(line.text("itemName") or ""),
        source_order_code=source or line.code("sourceOrderCode"),
        sub_source_order_code=sub_source or line.code("subSourceOrderCode"),
        details=_details(line) if line.has_any(_DETAILS) else NO_DETAILS,
    )


_DETAILS = frozenset(
    {
        "subDeliveryOrderId",
        "extCode",
        "unit",
        "snList",
        "qrCode",
        "remark",
        "extendProps",
    }
)


def _details(line: Node) -> LineDetails:
    sub_order_id, ext_code, unit = line.codes("subDeliveryOrderId", "extCode", "unit")
    return LineDetails(
        sub_order_id=sub_order_id,
        ext_code=ext_code,
        unit=unit,
        serial_numbers=read_serial_numbers(line),
        qr_codes=read_several(line, "qrCode"),
        remark=line.text("remark") or "",
        extend_props=read_props(line),
    )


def repeated(request: Node, wrapper: str, *names: str) -> list[Node]:
    """What a list holds that says nothing when it is empty: then it is `Malformed`."""
    found = request.listed(wrapper, *names)
    if not found:
        field = f"{request.path}/{wrapper}/{names[0]}"
        raise Malformed("missing_element", f"there is no {names[0]}", field=field)
    return found


def pieces_of(node: Node, name: str) -> int:
    """A needed quantity that is not negative."""
    found = node.needed_whole(name)
    if found < 0:
        raise Malformed("negative_quantity", f"{name} is not negative", field=f"{node.path}/{name}")
    return found


def read_batches(line: Node, quantity: int) -> tuple[Batch, ...]:
    """The batches of a line: those listed, else the one that its own fields name."""
    listed = line.listed("batchs", "batch")
    if listed:
        return tuple([_batch(node, _batch_quantity(node)) for node in listed])
    own = read_own_batch(line, quantity)
    return (own,) if own else ()


def read_own_batch(line: Node, quantity: int | None) -> Batch | None:
    """The batch that a line's own fields name; None where they name none."""
    if not line.has_any(_BATCH):
        return None
    own = _batch(line, quantity)
    return own if own.code or own.product_date or own.expire_date or own.produce_code else None


_BATCH = frozenset({"batchCode", "productDate", "expireDate", "produceCode"})


def _batch(node: Node, quantity: int | None) -> Batch:
    code, produce_code, inventory_type = node.codes("batchCode", "produceCode", "inventoryType")
    return Batch(
        code=code,
        product_date=node.date("productDate"),
        expire_date=node.date("expireDate"),
        produce_code=produce_code,
        inventory_type=inventory_type,
        quantity=quantity,
        path=node.path,
    )


def _batch_quantity(node: Node) -> int | None:
    actual = node.whole("actualQty")
    return node.whole("quantity") if actual is None else actual


def read_serial_numbers(line: Node) -> tuple[str, ...]:
    """`snList/sn`, without empty ones."""
    listed = line.listed("snList", "sn")
    return tuple(found for sn in listed if (found := sn.value())) if listed else ()


def read_several(node: Node, name: str) -> tuple[str, ...]:
    """A text that holds several values with semicolons between."""
    found = node.text(name)
    return tuple(part for each in found.split(";") if (part := each.strip())) if found else ()


def read_props(node: Node) -> Mapping[str, str]:
    """The partner's own fields by name; below one that holds others by place (`key1/key2`)."""
    found = node.child("extendProps")
    return dict(rest(found)) if found else {}


def read_paging(request: Node) -> Paging:
    """Which page this is; a report without page numbers is the only page.

    A page beyond the last one is `Malformed`: waiting for all pages would never end.
    """
    page = _page_number(request, "currentPage")
    pages = _page_number(request, "totalPage")
    if page > pages:
        field = f"{request.path}/currentPage"
        raise Malformed("malformed_page", "currentPage is not beyond totalPage", field=field)
    return Paging(page=page, pages=pages, size=request.whole("pageSize"))


def _page_number(request: Node, name: str) -> int:
    found = request.whole(name)
    if found is not None and found < FIRST_PAGE:
        field = f"{request.path}/{name}"
        raise Malformed("malformed_page", "pages are counted from 1", field=field)
    return FIRST_PAGE if found is None else found
