"""What waits for a person: exceptions, messages to warehouse systems, review rules, and what is to
be tried again.
"""

from __future__ import annotations

import getpass
import json
import os
from enum import StrEnum
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Container
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.exceptions import OPEN, ExceptionCase
from chalicelib.kernel.items import to_item
from chalicelib.routing.rules import EVERY_SHOP, parse_rules
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.resending import Body
from chalicelib.warehouse.states import WAITING, DispatchState
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.reading import JsonFile, read_object
from local.cli.stage import stage

PAGE = 100
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")]


def exceptions(limit: Limit = PAGE, as_json: AsJson = False) -> None:
    """Open exceptions: what a person has to look at, oldest first.

    Example: oms exceptions
    """
    found, cursor = stage().exceptions.listed(OPEN, limit=limit)
    names = ("raised_at", "kind", "document", "text", "message_id", "id")
    cases = [_case(each, names) for each in found]
    if as_json:
        return say_json({"exceptions": cases, "more": cursor is not None})
    say_table("Open exceptions", names, [list(each.values()) for each in cases])
    return say("There are more: --limit") if cursor else None


def settle(
    case: Annotated[str, typer.Argument(metavar="ID", help="As `oms exceptions` shows it.")],
    *,
    because: Annotated[str, typer.Option(help="Why; kept with it. No personal data.")],
    as_json: AsJson = False,
) -> None:
    """Settles an exception; its cause raises it again if it comes back.

    Example: oms settle shipped_short:2611220012345678901-01 --because "refunded by the shop"
    """
    settled = stage().exceptions.settle(case, by=_person(), because=because)
    if as_json:
        return say_json(to_item(settled))
    return say(f"{settled.id} is settled: {settled.settled_because} ({settled.settled_by})")


def _person() -> str:
    """Who types this, as the system calls them: by name, or a number that has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def dispatches(
    state: Annotated[
        DispatchState | None, typer.Option(help="Only these; without it all that aren't well.")
    ] = None,
    limit: Limit = PAGE,
    as_json: AsJson = False,
) -> None:
    """Messages to warehouse systems that wait, are unknown, refused or dead, or that their sender
    has left for long (SENDING).

    Example: oms dispatches --state DEAD
    """
    listed = sorted([*WAITING, DispatchState.SENDING])
    if state is not None and state not in listed:
        raise typer.BadParameter(f"one of {', '.join(listed)}", param_hint="--state")
    oms = stage()
    found: list[Dispatch] = []
    for each in [state] if state else listed:
        if each is DispatchState.SENDING:
            found += oms.stuck_dispatches.found()[:limit]
        else:
            found += oms.warehouse.dispatches_in(each, limit=limit)[0]
    rows = [_dispatch(each) for each in found]
    if as_json:
        return say_json({"dispatches": rows})
    names = ("state", "id", "wms", "code", "attempts", "asked", "waits", "updated_at")
    return say_table("Dispatches", names, [[row[name] for name in names] for row in rows])


def requeue(
    dispatch: Annotated[str, typer.Argument(help="As `oms dispatches` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Takes a refused or dead message to a WMS up again: the WMS is asked first, then it is sent.

    Example: oms requeue 2611220012345678901-01#deliveryorder.create
    """
    oms = stage()
    oms.warehouse.requeue(dispatch)
    after = oms.warehouse.dispatch(dispatch)
    if as_json:
        return say_json(_dispatch(after))
    return say(f"{after.id} is {after.state.value}.")


def resend(
    dispatch: Annotated[str, typer.Argument(help="As `oms dispatches` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Sends a message to a WMS again: the same bytes, or a new revision, and says which it is.

    Example: oms resend 2611220012345678901-01#deliveryorder.create
    """
    resent = stage().warehouse.resend(dispatch)
    after = resent.dispatch
    if as_json:
        told = {"body": resent.body.value, "sha256": resent.sha256}
        told |= {"last_sha256": resent.last_sha256}
        return say_json(_dispatch(after) | told | {"asks_first": resent.asks_first})
    first = "once the WMS has been asked what it has" if resent.asks_first else "now"
    say(f"{after.id} is {after.state.value}; it goes {first}.")
    return say(f"Its body is {_BODIES[resent.body]} (sha256 {resent.sha256}).")


_BODIES = {
    Body.IDENTICAL: "the same, to the byte, as the last one that was sent",
    Body.NEW_REVISION: "a new revision: not what was sent last",
    Body.FIRST: "the first that is sent",
}


def show_rules(
    shop: Annotated[str, typer.Argument(help="The shop's code.")], as_json: AsJson = False
) -> None:
    """The review rules in force for a shop. Version 0: nobody has written any.

    Example: oms rules show shop-demo
    """
    oms = stage()
    rules = oms.rules.rules(shop, hold_above=oms.catalog.shop(shop, field="shop").hold_above)
    if as_json:
        return say_json(to_item(rules))
    say_table(
        f"Rules of {rules.shop}, version {rules.version}",
        ("code", "predicate", "parameters", "hold type"),
        [
            (each.code, each.predicate, json.dumps(dict(each.parameters)), each.hold_type)
            for each in rules.rules
        ],
    )
    return say(f"At most {rules.most_warehouses} warehouses an order.")


def put_rules(
    shop: Annotated[str, typer.Argument(help="A shop, or `*`: every shop without its own.")],
    file: JsonFile,
    as_json: AsJson = False,
) -> None:
    """Writes a shop's review rules; `version` in the file is the one they were made from.

    Example: oms rules put shop-demo rules.json
    """
    oms = stage()
    if shop != EVERY_SHOP:
        oms.catalog.shop(shop, field="shop")
    written = oms.rules.put_rules(parse_rules(json.dumps(read_object(file)).encode(), shop=shop))
    if as_json:
        return say_json(to_item(written))
    return say(f"{len(written.rules)} rules of {written.shop}, version {written.version}.")


class Renewable(StrEnum):
    """What can be tried again after it failed."""

    INVOICE = "invoice"
    NOTICE = "notice"
    STOCK_MESSAGE = "stock-message"


def renew(
    kind: Annotated[Renewable, typer.Argument(help="What it is.")],
    name: Annotated[str, typer.Argument(metavar="ID", help="Its number or id.")],
    as_json: AsJson = False,
) -> None:
    """Has a failed invoice, notice or stock message tried again.

    Example: oms renew invoice 2611220012345678901-F1
    """
    state = _renewed(stage(), kind, name)
    if as_json:
        return say_json({kind.value: name, "state": state})
    return say(f"{kind.value} {name} is {state}.")


def _renewed(oms: Container, kind: Renewable, name: str) -> str:
    if kind is Renewable.INVOICE:
        return oms.invoicing.renew(name).state.value
    if kind is Renewable.NOTICE:
        return oms.notices.renew(name).state.value
    return oms.stock_messages.renew(name).state.value


def _case(case: ExceptionCase, names: tuple[str, ...]) -> dict[str, Any]:
    item = to_item(case)
    return {name: item[name] for name in names}


def _dispatch(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "id": dispatch.id,
        "document": dispatch.document,
        "method": dispatch.method,
        "wms": dispatch.wms,
        "state": dispatch.state.value,
        "code": dispatch.code,
        "attempts": dispatch.attempts,
        "asked": dispatch.asked,
        "waits": dispatch.waits,
        "message_id": dispatch.message_id,
        "updated_at": to_text(dispatch.updated_at),
    }
