"""What a token that is bound to shops or warehouses sees of what belongs to neither directly."""

from __future__ import annotations

from chalicelib.bootstrap import Container
from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.http.authorization import Caller
from chalicelib.kernel.errors import NotFound
from chalicelib.messages.model import Message


def sees_owner(oms: Container, caller: Caller, owner: str) -> bool:
    """Goods: those of the owners of its shops and warehouses."""
    if not caller.is_bound:
        return True
    known: list[Shop | Warehouse] = [*oms.catalog.shops(), *oms.catalog.warehouses()]
    bound = caller.shops | caller.warehouses
    return any(each.owner == owner and each.code in bound for each in known)


def sees_wms(oms: Container, caller: Caller, wms: str) -> bool:
    """A connection: if all the warehouses behind it are the caller's, since its messages may be
    about each of them.
    """
    behind = [each.code for each in oms.catalog.warehouses() if each.wms == wms]
    return not caller.is_bound or (bool(behind) and caller.warehouses.issuperset(behind))


def sees_message(oms: Container, caller: Caller, message: Message) -> bool:
    """A message: those of its shops' own clients and of its warehouses' WMS."""
    if not caller.is_bound:
        return True
    kind, _, code = message.peer.partition(":")
    if kind == "wms":
        # One order of another shop in it would be too many.
        return not caller.shops and sees_wms(oms, caller, code)
    return kind == "client" and _shop_of(oms, code) in caller.shops


def _shop_of(oms: Container, client_code: str) -> str:
    try:
        return oms.catalog.client(client_code).shop
    except NotFound:
        return ""
