"""Accounting periods: what they are, what blocks their close, closing and reopening them."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chalicelib.bootstrap.period_shapes import checklist_json, standings_json, version_json
from chalicelib.stock.periods import CloseKind, PeriodBlocked, Point, parse_period
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage

Month = Annotated[str, typer.Argument(help="A month such as 2026-11.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with your name.")]
Kind = Annotated[CloseKind, typer.Option(help="SOFT: by hand it is still booked into; or HARD.")]


def periods(
    month: Annotated[str, typer.Argument(help="Only this month, with all its versions.")] = "",
    as_json: AsJson = False,
) -> None:
    """Months that were ever closed, the newest first; or one with its versions.

    Example: oms periods 2026-11
    """
    oms = stage()
    if month:
        found = standings_json(oms.periods.period(parse_period(month)))
        versions = found["versions"]
    else:
        page, _ = oms.periods.periods()
        versions = [version_json(each) for each in page]
        found = {"periods": versions}
    if as_json:
        return say_json(found)
    columns = ("period", "#version", "state", "by", "at", "reason")
    rows = [[each[name.lstrip("#")] for name in columns] for each in versions]
    return say_table(month or "Periods", columns, rows)


def period_checklist(month: Month, *, kind: Kind = CloseKind.SOFT, as_json: AsJson = False) -> None:
    """What closing a month would find now; ends with 1 if that would refuse it. Changes nothing.

    Example: oms period-checklist 2026-11
    """
    found = checklist_json(stage().periods.checklist(parse_period(month), kind))
    if as_json:
        say_json({"period": month, "kind": kind.value, **found})
    else:
        say_points(month, found["points"])
    if not found["passed"]:
        raise typer.Exit(1)


def period_close(
    month: Month,
    *,
    kind: Kind = CloseKind.SOFT,
    reason: Reason,
    sign_off: Annotated[
        list[str] | None,
        typer.Option(help="POINT=why it is closed all the same, of UNEXPLAINED, REFUSED_MESSAGES."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Closes a month, once its checklist lets it; of any number of shards.

    Example: oms period-close 2026-11 --reason "month end"
    """
    try:
        closed = stage().periods.close(
            parse_period(month),
            kind,
            by=getpass.getuser(),
            reason=reason,
            sign_offs=_sign_offs(sign_off or ()),
        )
    except PeriodBlocked as blocked:
        if not as_json:
            say_points(month, checklist_json(blocked.findings)["points"])
        raise
    if as_json:
        return say_json(version_json(closed))
    return say(f"{closed.period} is {closed.state.value}, version {closed.version}")


def period_reopen(
    month: Month,
    *,
    reason: Reason,
    hard: Annotated[bool, typer.Option("--hard", help="Also if it is closed hard.")] = False,
    as_json: AsJson = False,
) -> None:
    """Opens the last closed month again, as a new version.

    Example: oms period-reopen 2026-11 --reason "an invoice was missing"
    """
    by = getpass.getuser()
    opened = stage().periods.reopen(parse_period(month), by=by, reason=reason, hard=hard)
    if as_json:
        return say_json(version_json(opened))
    return say(f"{opened.period} is {opened.state.value}, version {opened.version}")


def say_points(month: str, points: Sequence[dict[str, Any]]) -> None:
    """A checklist as a table."""
    rows = [
        [
            each["point"],
            "ok" if each["passed"] else "blocks",
            f"{each['count']}{'+' if each['more'] else ''}",
            "; ".join(each["culprits"]),
            each["signed_off"],
        ]
        for each in points
    ]
    say_table(f"Closing {month}", ("point", "", "#count", "the first", "signed off"), rows)


def _sign_offs(given: Sequence[str]) -> dict[Point, str]:
    found = {}
    for each in given:
        point, _, why = each.partition("=")
        if point not in set(Point) or not why:
            raise typer.BadParameter(f"POINT=why, not {each!r}", param_hint="--sign-off")
        found[Point(point)] = why
    return found
