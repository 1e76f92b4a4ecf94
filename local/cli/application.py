"""Table of contents of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from local.cli import (
    asking,
    auditing,
    checks,
    deliveries,
    drift,
    exporting,
    lines,
    messages,
    operations,
    orders,
    periods,
    purchasing,
    queues,
    replays,
    returns,
    setup,
    statuses,
    stock,
    suspense,
    tokens,
    trace,
    verifying,
    wms_sim,
)
from local.cli.failures import OmsGroup
from local.cli.groups import SHOW, ShowGroup

app = typer.Typer(
    name="oms",
    cls=OmsGroup,
    no_args_is_help=True,
    add_completion=False,
    # A traceback of ours must not show what stands in local variables: personal data, keys.
    pretty_exceptions_enable=False,
    help=(
        "The OMS from a shell. Works on what `make run` has deployed, or on the AWS stage that "
        "OMS_STAGE and the other OMS_* variables name. Exit codes: 0 done, 1 refused, "
        "2 wrong usage or nothing to work on."
    ),
)

LOOKING, WORKING, SETTING_UP = "Looking", "Working", "Setting up"

app.command(rich_help_panel=LOOKING)(trace.trace)
app.command(rich_help_panel=LOOKING)(messages.messages)

message = typer.Typer(
    cls=ShowGroup, no_args_is_help=True, help="One message: `oms message ID` shows it."
)
message.command(SHOW)(messages.message)
message.command("accept")(replays.accept)
app.add_typer(message, name="message", rich_help_panel=LOOKING)

app.command(rich_help_panel=LOOKING)(lines.lines)
app.command(rich_help_panel=LOOKING)(stock.stock)
app.command("closing-stock", rich_help_panel=LOOKING)(stock.closing_stock)
app.command(rich_help_panel=LOOKING)(stock.entries)
app.command(rich_help_panel=LOOKING)(auditing.audit)
app.command(rich_help_panel=LOOKING)(verifying.verify)
app.command(rich_help_panel=LOOKING)(exporting.export)
app.command(rich_help_panel=LOOKING)(operations.exceptions)
app.command(rich_help_panel=LOOKING)(suspense.suspense)
app.command(rich_help_panel=LOOKING)(periods.periods)
app.command("period-checklist", rich_help_panel=LOOKING)(periods.period_checklist)
app.command(rich_help_panel=LOOKING)(operations.dispatches)
app.command(rich_help_panel=LOOKING)(queues.queues)
app.command(rich_help_panel=LOOKING)(stock.close_status)

app.command(rich_help_panel=WORKING)(operations.settle)
app.command(rich_help_panel=WORKING)(operations.requeue)
app.command(rich_help_panel=WORKING)(operations.resend)
app.command(rich_help_panel=WORKING)(operations.renew)
app.command(rich_help_panel=WORKING)(drift.drift)
app.command(rich_help_panel=LOOKING)(asking.ask)
app.command(rich_help_panel=WORKING)(replays.replay)
app.command("wms-check", rich_help_panel=SETTING_UP)(checks.wms_check)
app.command("wms-sim", rich_help_panel=SETTING_UP)(wms_sim.wms_sim)
app.command(rich_help_panel=WORKING)(queues.redrive)
app.command(rich_help_panel=WORKING)(queues.sweep)
app.command(rich_help_panel=WORKING)(stock.close)
app.command(rich_help_panel=WORKING)(stock.compare)
app.command("period-close", rich_help_panel=WORKING)(periods.period_close)
app.command("period-reopen", rich_help_panel=WORKING)(periods.period_reopen)
app.command(rich_help_panel=WORKING)(stock.numbers)

GROUPS: tuple[tuple[str, str, Mapping[str, Callable[..., None]]], ...] = (
    ("order", "Orders, for trying out.", {"post": orders.post_order}),
    (
        "purchase",
        "Purchase orders by hand.",
        {
            "show": purchasing.show_purchase,
            "draft": purchasing.draft,
            "change": purchasing.change,
            "approve": purchasing.approve,
            "cancel": purchasing.cancel,
            "close": purchasing.close,
            "blind": purchasing.blind,
            "attach": purchasing.attach,
            "batch": purchasing.batch,
            "batch-rules": purchasing.batch_rules,
            "batch-rule": purchasing.put_batch_rule,
            "tolerances": purchasing.tolerances,
            "tolerance": purchasing.put_tolerance,
        },
    ),
    (
        "delivery",
        "When suppliers deliver.",
        {
            "calendar": deliveries.calendar,
            "put-calendar": deliveries.put_calendar,
            "slots": deliveries.slots,
            "report": deliveries.report,
            "book": deliveries.book,
            "cancel": deliveries.cancel,
        },
    ),
    ("shop", "Shops.", {"put": setup.put_shop}),
    ("rules", "Review rules.", {"show": operations.show_rules, "put": operations.put_rules}),
    (
        "statuses",
        "What a WMS's statuses mean, and who sees what of them.",
        {"show": statuses.show_statuses, "put": statuses.put_statuses},
    ),
    ("warehouse", "Warehouses.", {"put": setup.put_warehouse}),
    ("client", "Systems that call and sign.", {"put": setup.put_client}),
    (
        "wms",
        "Connections to warehouse systems.",
        {
            "connect": setup.connect_wms,
            "rotate-secret": setup.rotate_secret,
            "finish-rotation": setup.finish_rotation,
        },
    ),
    (
        "token",
        "Tokens for people and programs that don't sign.",
        {"issue": tokens.issue, "revoke": tokens.revoke, "list": tokens.listed},
    ),
)

RETURNS: Mapping[str, Callable[..., None]] = {
    "list": returns.list_returns,
    "show": returns.show_return,
    "post": returns.post_return,
    "approve": returns.approve,
    "reject": returns.reject,
    "cancel": returns.cancel,
    "settle": returns.settle,
    "refunded": returns.refunded,
    "unclaimed": returns.unclaimed,
    "match": returns.match,
    "end": returns.end,
    "reship": returns.reship,
}

return_group = typer.Typer(no_args_is_help=True, help="Returns, exchanges, unclaimed parcels.")
for command_name, command in RETURNS.items():
    return_group.command(command_name)(command)
app.add_typer(return_group, name="return", rich_help_panel=WORKING)

for name, help_text, commands in GROUPS:
    group = typer.Typer(no_args_is_help=True, help=help_text)
    for command_name, command in commands.items():
        group.command(command_name)(command)
    app.add_typer(group, name=name, rich_help_panel=SETTING_UP)
