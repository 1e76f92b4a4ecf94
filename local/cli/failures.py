"""What becomes of errors: a sentence for the person at the screen, and an exit code.

0: done. 1: refused, with the message and the field, or not possible at the moment. 2: wrong usage,
or nothing to work on: not set up, not reachable, not allowed. Everything else is a bug of ours and
keeps its traceback.
"""

from __future__ import annotations

import sys
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


class OmsGroup(TyperGroup):
    """The root of the commands: runs one and turns what it raises into an exit code."""

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
        except URLError as error:
            _say(f"The API can't be reached: {error.reason}")
            raise typer.Exit(NOT_READY) from error
        except BotoCoreError as error:
            _say(f"The cloud can't be reached: {error}")
            raise typer.Exit(NOT_READY) from error
        except ClientError as error:
            said = error.response["Error"]
            _say(f"The cloud refuses {error.operation_name}: {said.get('Code')}")
            raise typer.Exit(NOT_READY) from error


def _outage(outage: Unavailable) -> tuple[int, str]:
    """An outage of the cloud's means there is nothing to work on; any other one passes."""
    if isinstance(outage.__cause__, BotoCoreError):
        return NOT_READY, f"The cloud can't be reached: {outage.__cause__}"
    return REFUSED, f"Not possible at the moment, try again: {outage}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
