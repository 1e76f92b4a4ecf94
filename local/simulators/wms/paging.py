"""Paged queries: `page` from 1, `pageSize` at most 100."""

from __future__ import annotations

from typing import TypeVar

from local.simulators.wms.strict import Block, Refusal

LARGEST_PAGE = 100
Row = TypeVar("Row")


def page_of(request: Block, rows: list[Row], *, mandatory: bool = False) -> list[Row]:
    """The page asked for; the first one when nothing is said and nothing has to be."""
    stated = mandatory or request.optional("page") or request.optional("pageSize")
    page = request.quantity("page") if stated else 1
    size = request.quantity("pageSize") if stated else LARGEST_PAGE
    if size > LARGEST_PAGE:
        raise Refusal("INVALID_VALUE", f"pageSize 超过 {LARGEST_PAGE}: {size}")
    return rows[(page - 1) * size : page * size]
