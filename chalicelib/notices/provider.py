"""The port to an SMS provider: pure codecs; `service` does the sending and the remembering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from chalicelib.kernel.http import HttpAnswer
from chalicelib.messages.exchange import Call


class Meaning(StrEnum):
    """What a provider's answer means.

    TAKEN: it has the message. REFUSED: it won't send it, for good. LATER: it did nothing (too
    many, or it doesn't know us): try again. NOT_FOUND: it knows of no such message. UNCLEAR:
    nobody can tell.
    """

    TAKEN = "TAKEN"
    REFUSED = "REFUSED"
    LATER = "LATER"
    NOT_FOUND = "NOT_FOUND"
    UNCLEAR = "UNCLEAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """An answer: `code` as the provider gave it; `provider_id` its own id of the message."""

    meaning: Meaning
    code: str = ""
    provider_id: str = ""


class SmsProvider(Protocol):
    """One provider's codec. The readers take any bytes and never fail."""

    @property
    def send_method(self) -> str:
        """The provider's name of the request, for the message log."""
        ...

    @property
    def query_method(self) -> str:
        """The provider's name of the question."""
        ...

    def send_call(
        self, *, phone: str, template_code: str, values: Mapping[str, str], out_id: str
    ) -> Call:
        """The request to send one SMS, with our id as the provider keeps it."""
        ...

    def read_send(self, answer: HttpAnswer) -> Word:
        """What the provider said to it."""
        ...

    def query_call(self, *, phone: str, day: date) -> Call:
        """The question what it sent to a number on a China day."""
        ...

    def read_query(self, answer: HttpAnswer, out_id: str) -> Word:
        """What it says about the message with our id."""
        ...
