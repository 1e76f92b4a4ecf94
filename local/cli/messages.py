"""The message log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.kernel.clock import business_date, to_text
from chalicelib.kernel.items import from_item
from chalicelib.messages.model import Message, Outcome
from chalicelib.messages.service import MessageLog
from local.cli.days import day_of
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage

PAGE = 100


def messages(
    *,
    document: Annotated[str, typer.Option(help="Of this document, such as an order.")] = "",
    peer: Annotated[str, typer.Option(help="Of this peer, such as wms:WH-EAST.")] = "",
    method: Annotated[str, typer.Option(help="With --peer: such as deliveryorder.create.")] = "",
    outcome: Annotated[Outcome | None, typer.Option(help="That came out like this.")] = None,
    day: Annotated[str, typer.Option(help="A China day, today if not given.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = PAGE,
    as_json: AsJson = False,
) -> None:
    """Messages of a document, or of a day by peer (and method) or by outcome, oldest first.

    Example: oms messages --peer wms:WH-EAST --method deliveryorder.create --day 2026-11-22
    """
    oms = stage()
    on = day_of(day) if day else business_date(oms.clock.now())
    log = oms.messages
    found: list[Message] = []
    cursor: str | None = None
    while len(found) < limit:
        most = limit - len(found)
        if document:
            page = log.of_document(document, limit=most, cursor=cursor)
        elif outcome is not None:
            page = log.of_outcome(outcome, day=on, peer=peer, limit=most, cursor=cursor)
        elif peer:
            page = log.of_peer(peer, method, day=on, limit=most, cursor=cursor)
        else:
            raise typer.BadParameter("give --document, or --outcome, or --peer")
        found += [from_item(item, Message) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    _show(found, more=cursor is not None, as_json=as_json)


def message(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The message's id.")],
    raw: Annotated[
        str, typer.Option(metavar="FILE", help="Write the bytes as they came; `-` is stdout.")
    ] = "",
    answer: Annotated[
        bool, typer.Option("--answer", help="With --raw: the answer's bytes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """One message; with --raw its bytes, unchanged. Raw bytes hold personal data.

    Example: oms message 20261122T013000000-000000000001 --raw -
    """
    log = stage().messages
    if raw:
        return _write_raw(log, message_id, raw, answer=answer)
    found = log.message(message_id)
    if as_json:
        return say_json(message_json(found))
    for name, value in message_json(found).items():
        say(f"{name:12} {', '.join(value) if isinstance(value, list) else value}")
    return None


def _write_raw(log: MessageLog, message_id: str, file: str, *, answer: bool) -> None:
    kept = log.raw(message_id)
    body = kept.answer if answer else kept.body
    if body is None:
        say("There is no answer to this message.")
        raise typer.Exit(1)
    if file == "-":
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        try:
            Path(file).write_bytes(body)
        except OSError as error:
            raise typer.BadParameter(f"{file} can't be written: {error.strerror}") from None
        say(f"{len(body)} bytes written to {file}")


def message_json(found: Message) -> dict[str, Any]:
    """A message's row, for programs."""
    return {
        "id": found.id,
        "direction": found.direction.value,
        "peer": found.peer,
        "method": found.method,
        "at": to_text(found.at),
        "outcome": found.outcome.value,
        "code": found.code,
        "http_status": found.http_status,
        "answered_at": to_text(found.answered_at) if found.answered_at else None,
        "documents": list(found.documents),
        "size": found.size,
        "sha256": found.sha256,
    }


def _show(found: list[Message], *, more: bool, as_json: bool) -> None:
    if as_json:
        return say_json({"messages": [message_json(each) for each in found], "more": more})
    say_table(
        "Messages",
        ("at", "id", "", "peer", "method", "outcome", "code", "documents"),
        [
            (
                to_text(each.at),
                each.id,
                each.direction.value,
                each.peer,
                each.method,
                each.outcome.value,
                each.code,
                ", ".join(each.documents),
            )
            for each in found
        ],
    )
    return say("There are more: --limit") if more else None
