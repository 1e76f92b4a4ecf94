"""Kept messages once more through the code of today."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Any
from xml.etree import ElementTree

import typer

from chalicelib.bootstrap import Container
from chalicelib.bootstrap.replay_shapes import replay_json
from chalicelib.bootstrap.replaying import Replaying
from chalicelib.kernel.clock import business_date
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.items import Page, from_item
from chalicelib.messages.model import Direction, Message, Outcome, object_key
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
LOOKED_UP_TOGETHER = 100


def replay(
    message_id: Annotated[str, typer.Argument(metavar="[ID]", help="The message's id.")] = "",
    *,
    document: Annotated[str, typer.Option(help="All that came about this document.")] = "",
    day: Annotated[str, typer.Option(help="All of a China day, with --wms or --peer.")] = "",
    wms: Annotated[str, typer.Option(help="Of this warehouse system.")] = "",
    peer: Annotated[str, typer.Option(help="Of this peer, such as client:shop-demo.")] = "",
    method: Annotated[str, typer.Option(help="Of this method only.")] = "",
    outcome: Annotated[Outcome | None, typer.Option(help="That came out like this only.")] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="With --day: those that a crash left without a row, too.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Takes incoming messages once more, the oldest first: one, a document's, or a day's.

    What is done already stays as it is; messages whose signature was wrong are left out.

    Example: oms replay --day 2026-11-22 --wms WH-EAST --outcome REFUSED --dry-run
    """
    oms = stage()
    whose = f"wms:{wms}" if wms else peer
    if sum(map(bool, (message_id, document, day))) != 1 or bool(day) != bool(whose):
        raise typer.BadParameter("give an id, or --document, or --day with --wms or --peer")
    if message_id:
        ids = [message_id]
    else:
        found = _found(oms, document, day=day, whose=whose, method=method, lost=lost)
        wanted = (each for each in found if outcome in (None, each.outcome))
        ids = [each.id for each in wanted if _is_replayable(each)]
    _replay(oms, ids, alone=bool(message_id), dry_run=dry_run, as_json=as_json)


def accept(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The held message's id.")],
    reason: Annotated[str, typer.Option(help="Why it is booked all the same; kept with it.")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Books a message that is held for a person, and settles its exception.

    Example: oms message accept 20261122T013000000-000000000001 --reason "two parcels, asked"
    """
    replaying = _replaying(stage(), dry_run)
    done = replaying.replay(message_id, by=_caller(), reason=reason, accepting=True)
    _show([replay_json(done)], as_json=as_json)


def _replay(
    oms: Container, ids: Sequence[str], *, alone: bool, dry_run: bool, as_json: bool
) -> None:
    replaying, by = _replaying(oms, dry_run), _caller()
    shown: list[dict[str, Any]] = []
    refused = False
    with progress("replaying", len(ids)) as (bar, task):
        for each in ids:
            try:
                done = replay_json(replaying.replay(each, by=by))
            except Refused as refusal:
                if alone:
                    raise
                done, refused = {"message_id": each, "refused": refusal.code}, True
            shown.append(done)
            bar.advance(task)
    _show(shown, as_json=as_json)
    if refused:
        raise typer.Exit(1)


def _replaying(oms: Container, dry_run: bool) -> Replaying:
    return Replaying.dry(oms) if dry_run else Replaying(oms)


def _caller() -> str:
    return getpass.getuser()


def _is_replayable(message: Message) -> bool:
    return message.direction is Direction.IN and message.outcome is not Outcome.UNVERIFIED


def _found(
    oms: Container, document: str, *, day: str, whose: str, method: str, lost: bool
) -> list[Message]:
    log = oms.messages
    if document:
        return list(_all(lambda cursor: log.of_document(document, cursor=cursor)))
    on = day_of(day)
    found = list(_all(lambda cursor: log.of_peer(whose, method, day=on, cursor=cursor)))
    if lost:
        rowless = (_identified(oms, each) for each in _without_row(oms, on))
        found += [each for each in rowless if each.peer == whose and method in ("", each.method)]
    return sorted(found, key=lambda message: message.id)


def _all(page_at: Any) -> Iterator[Message]:
    cursor: str | None = None
    while True:
        page: Page = page_at(cursor)
        yield from (from_item(item, Message) for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _identified(oms: Container, message_id: str) -> Message:
    log = oms.messages
    return Replaying(oms).identified(log.message(message_id), log.raw(message_id))


def _without_row(oms: Container, on: date) -> Iterator[str]:
    """Messages whose bytes are there and whose row isn't: the bucket's list knows them alone."""
    # A China day begins on the day before in UTC, by which objects are named.
    names = (
        name.rpartition("/")[2]
        for each in (on - timedelta(days=1), on)
        for name in oms.files.names(object_key(f"{each:%Y%m%d}"))
    )
    ids = (name for name in names if not name.endswith(".answer") and _day(name) == on)
    while batch := list(islice(ids, LOOKED_UP_TOGETHER)):
        recorded = oms.messages.recorded(batch)
        yield from (each for each in batch if each not in recorded)


def _day(message_id: str) -> date:
    moment = datetime.strptime(message_id[:15] + "+0000", "%Y%m%dT%H%M%S%z")
    return business_date(moment)


def _show(shown: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        return say_json({"replays": shown})
    columns = ("message", "peer", "method", "before", "now", "listed as", "answer", "documents")
    rows = [
        (
            each["message_id"],
            each.get("peer"),
            each.get("method"),
            each.get("before"),
            each.get("outcome", each.get("refused")),
            each.get("listed_as"),
            _said(each),
            ", ".join(each.get("documents", ())),
        )
        for each in shown
    ]
    say_table("Replays", columns, rows)
    for each in shown:
        _show_changes(each)
    return None


def _said(shown: dict[str, Any]) -> str:
    """What the sender would be answered, in short."""
    text = str(shown.get("answer", ""))
    if text.startswith("<") or "<response>" in text:
        root = ElementTree.fromstring(text)  # noqa: S314 - our own answer
        flag, code = root.findtext("flag") or "", root.findtext("code") or ""
        return flag if flag == "success" else f"{flag} {code}: {root.findtext('message') or ''}"
    code = json.loads(text).get("code", "") if text else ""
    return f"{shown.get('status', '')} {code}".strip()


def _show_changes(shown: dict[str, Any]) -> None:
    if "changes" not in shown:
        return
    say(f"{shown['message_id']} would change:" if shown["changes"] else "Nothing would change.")
    for change in shown["changes"]:
        say(f"  {change['change']} {change['table']} {change['pk']} {change['sk']}")
        if change["fields"] == "sealed":
            say("    (sealed)")
            continue
        for name, (before, after) in change["fields"].items():
            say(f"    {name}: {_text(before)} -> {_text(after)}")
    for event in shown["events"]:
        say(f"  event {event['kind']} {event['subject']} {_text(event['data'])}")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
