"""The table of messages is whole, and the tables of methods in use are within it."""

from __future__ import annotations

from chalicelib.warehouse import methods
from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.codec.outgoing import deliveryorder
from chalicelib.warehouse.codec.parts import read_answer
from chalicelib.warehouse.documents.answers import Answer, OrderPage
from chalicelib.warehouse.documents.outgoing.deliveryorder import DeliveryOrder
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.messagetype import Direction
from chalicelib.warehouse.model import METHODS


def test_every_method_has_one_row() -> None:
    named = [
        value for name, value in vars(methods).items() if name.isupper() and isinstance(value, str)
    ]
    assert sorted(named) == sorted(CATALOGUE)
    assert len(CATALOGUE) == 55


def test_what_goes_to_a_wms_is_named_as_such() -> None:
    down = {each.method for each in CATALOGUE.values() if each.direction is Direction.DOWN}
    assert down == methods.TO_WMS


def test_what_is_dispatched_goes_down() -> None:
    assert {CATALOGUE[method].direction for method in METHODS.values()} == {Direction.DOWN}


def test_a_row_knows_its_documents_from_its_functions() -> None:
    create = CATALOGUE[methods.DELIVERYORDER_CREATE]
    assert (create.document, create.writer) == (DeliveryOrder, deliveryorder.write_create)
    query = CATALOGUE[methods.DELIVERYORDER_QUERY]
    assert (query.document, query.answer) == (OrderReference, OrderPage)
    cancel = CATALOGUE[methods.ORDER_CANCEL]
    assert (cancel.answer, cancel.reader) == (Answer, read_answer)


def test_a_confirm_is_read_and_answered() -> None:
    confirm = CATALOGUE[methods.ENTRYORDER_CONFIRM]
    assert (confirm.direction, confirm.answer) == (Direction.UP, Answer)
    assert confirm.document.__name__ == "EntryConfirm"


def test_what_isnt_verified_says_why() -> None:
    assert [each.method for each in CATALOGUE.values() if not each.verified and not each.note] == []
    assert not CATALOGUE[methods.RETURNORDER_QUERY].verified
