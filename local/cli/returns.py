"""Returns, and parcels that nobody claims: looked at, and moved on by a person."""

from __future__ import annotations

import getpass
import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from chalicelib.bootstrap.return_shapes import parcel_json, return_json, return_row
from chalicelib.orders.model import order_no_of
from chalicelib.orders.returns.intake import BY_HAND, Asking, parse_reshipment, parse_return
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.orders.returns.states import ReturnState, UnclaimedState
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.reading import JsonFile, read_object
from local.cli.stage import stage

PAGE = 100
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")]
Number = Annotated[str, typer.Argument(metavar="RETURN", help="As `oms return list` shows it.")]
_COLUMNS = ("requested_at", "state", "return_no", "fulfilment_no", "pieces", "missing")


class Waits(StrEnum):
    """What a return may wait for."""

    REQUESTED = "REQUESTED"
    INSPECTED = "INSPECTED"
    REFUND_PENDING = "REFUND_PENDING"


def list_returns(
    state: Annotated[Waits, typer.Option(help="What they wait for.")] = Waits.REQUESTED,
    limit: Limit = PAGE,
    as_json: AsJson = False,
) -> None:
    """Returns that wait to be approved, for a person's word, or to be paid back; oldest first.

    Example: oms return list --state INSPECTED
    """
    oms = stage()
    found = oms.returns.waiting(ReturnState(state.value), limit=limit)
    rows = [return_row(oms.returns.return_order(number)) for number in found.numbers]
    if as_json:
        return say_json({"returns": rows, "more": found.next_cursor is not None})
    say_table("Returns", _COLUMNS, [[row[name] for name in _COLUMNS] for row in rows])
    return say("There are more: --limit") if found.next_cursor else None


def show_return(number: Number, as_json: AsJson = False) -> None:
    """A return with what came of it, unit by unit, and what was paid for that.

    Example: oms return show TH261122000000017
    """
    oms = stage()
    shown = _shown(oms.returns.return_order(number))
    if as_json:
        return say_json(shown)
    say(f"{shown['return_no']} of {shown['fulfilment_no']} is {shown['state']}.")
    names = ("order_line_no", "unit", "inventory_type", "goods", "freight")
    say_table("What came", names, [[row[name] for name in names] for row in shown["came"]])
    return say(f"{shown['missing']} missing; to be paid back: {shown['refund']}")


def post_return(file: JsonFile, as_json: AsJson = False) -> None:
    """Asks for a return by hand, as `POST /v1/orders/{order_no}/returns` takes it.

    Example: oms return post return.json
    """
    given = parse_return(json.dumps(read_object(file)).encode())
    oms = stage()
    shop = oms.orders.shop_of(order_no_of(given.fulfilment_no))
    asking = Asking(shop=shop, source=BY_HAND, by=getpass.getuser())
    _say(oms.returns.request(given, asking)[0], as_json)


def reship(file: JsonFile, as_json: AsJson = False) -> None:
    """Sends goods once more without a price, as `POST /v1/orders/{order_no}/reshipments` takes it.

    Example: oms return reship reshipment.json
    """
    given = parse_reshipment(json.dumps(read_object(file)).encode())
    oms = stage()
    shop = oms.orders.shop_of(order_no_of(given.fulfilment_no))
    number, created = oms.returns.reship(given, shop=shop)
    if as_json:
        return say_json({"order_no": number, "id": given.id})
    return say(f"Order {number} {'is placed' if created else 'was placed before'}.")


def approve(number: Number, as_json: AsJson = False) -> None:
    """Approves a return: the warehouse is told, and an exchange is planned.

    Example: oms return approve TH261122000000017
    """
    _say(stage().returns.approve(number, by=getpass.getuser()), as_json)


def reject(number: Number, as_json: AsJson = False) -> None:
    """Rejects a return; its units are free again.

    Example: oms return reject TH261122000000017
    """
    _say(stage().returns.reject(number, by=getpass.getuser()), as_json)


def cancel(number: Number, as_json: AsJson = False) -> None:
    """Cancels a return, or asks the warehouse that has it to.

    Example: oms return cancel TH261122000000017
    """
    _say(stage().returns.cancel(number), as_json)


def settle(number: Number, as_json: AsJson = False) -> None:
    """Takes what came for all that comes: the refund is due for it, and an exchange is sent.

    Example: oms return settle TH261122000000017
    """
    _say(stage().returns.settle(number, by=getpass.getuser()), as_json)


def refunded(
    number: Number,
    reference: Annotated[str, typer.Option(help="Finance's own. No personal data.")],
    as_json: AsJson = False,
) -> None:
    """Says that a return was paid back, which closes it.

    Example: oms return refunded TH261122000000017 --reference PAY-118
    """
    _say(stage().returns.refunded(number, reference), as_json)


def unclaimed(limit: Limit = PAGE, as_json: AsJson = False) -> None:
    """Parcels that came back and belong to no return, the oldest first.

    Example: oms return unclaimed
    """
    found, cursor = stage().returns.unclaimed(limit=limit)
    parcels = [parcel_json(each) for each in found]
    if as_json:
        return say_json({"parcels": parcels, "more": cursor is not None})
    names = ("occurred_at", "parcel", "warehouse", "waybill", "fulfilment_no", "return_no")
    rows = [[each[name] for name in names] + [_contents(each)] for each in parcels]
    say_table("Unclaimed parcels", (*names, "holds"), rows)
    return say("There are more: --limit") if cursor else None


def match(
    parcel: Annotated[str, typer.Argument(help="As `oms return unclaimed` shows it.")],
    to: Annotated[str, typer.Option(help="A return under way, or a fulfilment.")],
    as_json: AsJson = False,
) -> None:
    """Says whose a parcel is: a return's that is under way, or a fulfilment's, which makes one.

    Example: oms return match WT-0123456789ABCDEF0123 --to 2611220012345678901-01
    """
    oms = stage()
    known = oms.returns.find(to) is not None
    by = getpass.getuser()
    named = {"return_no": to} if known else {"fulfilment_no": to}
    _say(oms.returns.match(parcel, by=by, **named), as_json)


class Ends(StrEnum):
    """How a parcel that is nobody's may end."""

    TAKEN_IN = "TAKEN_IN"
    SENT_BACK = "SENT_BACK"
    DISPOSED = "DISPOSED"


def end(
    parcel: Annotated[str, typer.Argument(help="As `oms return unclaimed` shows it.")],
    how: Annotated[Ends, typer.Option("--as", help="What becomes of the goods.")],
    because: Annotated[str, typer.Option(help="Why. No personal data.")],
    as_json: AsJson = False,
) -> None:
    """Ends a parcel that is nobody's: found goods into stock, sent back to its sender, disposed of.

    Example: oms return end WT-0123456789ABCDEF0123 --as SENT_BACK --because "another shop's"
    """
    ended = stage().returns.end_parcel(
        parcel, UnclaimedState(how.value), by=getpass.getuser(), because=because
    )
    if as_json:
        return say_json(parcel_json(ended))
    return say(f"{ended.id} is {ended.state.value}.")


def _say(found: ReturnOrder, as_json: bool) -> None:
    if as_json:
        say_json(_shown(found))
    else:
        say(f"{found.no} is {found.state.value}.")


def _shown(found: ReturnOrder) -> dict[str, Any]:
    oms = stage()
    return return_json(
        found,
        oms.returns.receipts(found.no),
        oms.returns.refunds(found),
        reason=oms.returns.reason(found),
    )


def _contents(parcel: dict[str, Any]) -> str:
    return ", ".join(
        f"{line['sku']} x {line['quantity']} {line['inventory_type']}" for line in parcel["lines"]
    )
