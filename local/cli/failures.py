"""What becomes of errors: a sentence for the person at the screen, and an exit code.

0: done. 1: refused, with the message and the field, or not possible at the moment. 2: wrong usage,
or nothing to work on: not set up, not reachable, not allowed. Everything else is a bug of ours and
keeps its traceback.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from chalicelib.aws.settings import SettingsError
from chalicelib.kernel.errors import Refused, Unavailable
from local.cloud_settings import CloudError
from local.environment import NotSetUp
from local.stack import DeployFailed

REFUSED, NOT_READY = 1, 2

# Bytes that aren't UTF-8 come as halves of signs.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

MOST_SIGNS = 1000
"""Of one argument: longer than any id, path or address that somebody means."""


class OmsGroup(TyperGroup):
    """The root of the commands: runs one and turns what it raises into an exit code."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs to the end of the program, and until what it said is said."""
        try:
            try:
                return super().main(*args, **extra)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has seen enough (`| head`); nothing may be left for the last flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(REFUSED)
        except OSError as error:
            _say(f"This machine can't: {error.strerror or error}")
            sys.exit(NOT_READY)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Looks at every argument first, of whatever command: nothing looks for an empty id, and
        no table can be asked for half a sign.
        """
        _check(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except Refused as refused:
            where = f" ({refused.field})" if refused.field else ""
            _say(f"Refused: {refused.message}{where} [{refused.code}]")
            raise typer.Exit(REFUSED) from refused
        except (NotSetUp, SettingsError, CloudError, DeployFailed) as problem:
            _say(str(problem))
            raise typer.Exit(NOT_READY) from problem
        except Unavailable as outage:
            code, sentence = _outage(outage)
            _say(sentence)
            raise typer.Exit(code) from outage
        except (URLError, HTTPException, ConnectionResetError, TimeoutError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            _say(f"The API can't be reached: {reason or type(error).__name__}")
            raise typer.Exit(NOT_READY) from error
        except BotoCoreError as error:
            _say(f"The cloud can't be reached: {error}")
            raise typer.Exit(NOT_READY) from error
        except ClientError as error:
            said = error.response["Error"]
            _say(f"The cloud refuses {error.operation_name}: {said.get('Code')}")
            raise typer.Exit(NOT_READY) from error


def _check(arguments: Iterable[str]) -> None:
    for argument in arguments:
        if not argument.strip():
            raise typer.BadParameter("an argument is empty; is a variable of the shell not set?")
        if len(argument) > MOST_SIGNS:
            raise typer.BadParameter(f"an argument has more than {MOST_SIGNS} signs")
        if _UNUSABLE.search(argument):
            raise typer.BadParameter("an argument holds control signs, or isn't UTF-8")


def _outage(outage: Unavailable) -> tuple[int, str]:
    """An outage of the cloud's means there is nothing to work on; any other one passes."""
    if isinstance(outage.__cause__, BotoCoreError):
        return NOT_READY, f"The cloud can't be reached: {outage.__cause__}"
    return REFUSED, f"Not possible at the moment, try again: {outage}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
