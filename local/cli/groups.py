"""A command that is a group too: `oms message <id>` shows, `oms message accept <id>` accepts."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

SHOW = "show"


class ShowGroup(TyperGroup):
    """A group in which what names no command is an argument of `show`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts `show` before what doesn't name a command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [SHOW, *args]
        return super().parse_args(ctx, args)
