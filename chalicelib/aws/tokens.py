"""Bearer tokens: random text, of which only a keyed digest is kept.

| item of `documents` | pk | sk | index |
| --- | --- | --- | --- |
| token | `TOKEN#<digest>` | `HEAD` | gsi1 `TOKENS` / `<subject>#<id>` |

The digest is HMAC-SHA256 under the stage's pepper (secret `tokens-pepper`), so neither the table
nor a backup of it opens anything. While the pepper is changed, tokens of the previous one are still
known. The table's time to live removes what has expired; until then the look-up refuses it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Delete,
    Exists,
    Key,
    Put,
    Transaction,
    Writes,
)

PREFIX = "oms_"
"""Marks a token of ours, so that scanners of source code recognise a leaked one."""

RANDOM_BYTES = 32
SHORTEST, LONGEST = 16, 200
"""What is worth a look-up."""

MOST_DAYS = 366
ID_LENGTH = 12
TABLE = "documents"
LIST = "TOKENS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token. Empty `shops` or `warehouses` means all of them.

    `expires_at` is in seconds since 1970, as the table's time to live wants it. `id` names it to
    people; it opens nothing.
    """

    id: str
    digest: str
    subject: str
    roles: tuple[str, ...]
    shops: tuple[str, ...]
    warehouses: tuple[str, ...]
    issued_at: datetime
    expires_at: int

    @property
    def expires(self) -> datetime:
        """When it ends, as a moment."""
        return datetime.fromtimestamp(self.expires_at, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token: `text` is shown once and kept nowhere."""

    text: str
    token: Token

    def __repr__(self) -> str:
        return f"IssuedToken({self.token!r})"


def token_digest(text: str, pepper: str) -> str:
    """What is kept of a token."""
    return hmac.new(pepper.encode(), text.encode(), hashlib.sha256).hexdigest()


class Tokens:
    """Issues, finds and revokes tokens. `peppers` gives the current pepper first, then the previous
    one; `new_text` the text of a new token.
    """

    def __init__(
        self,
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
        peppers: Callable[[], Sequence[str]],
        new_text: Callable[[], str] = lambda: PREFIX + secrets.token_urlsafe(RANDOM_BYTES),
    ) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock
        self._peppers = peppers
        self._new_text = new_text

    def issue(
        self,
        subject: str,
        roles: Iterable[str],
        *,
        days: int,
        shops: Iterable[str] = (),
        warehouses: Iterable[str] = (),
    ) -> IssuedToken:
        """A new token for a subject, good for 1 … 366 days. `Refused` without a role."""
        given = tuple(dict.fromkeys(roles))
        if not subject or len(subject) > 100:
            raise Refused("malformed_subject", "1 to 100 signs", field="subject")
        if not given:
            raise Refused("role_missing", "a token needs at least one role", field="roles")
        if not 1 <= days <= MOST_DAYS:
            raise Refused("malformed_days", f"from 1 to {MOST_DAYS} days", field="days")
        now = self._clock.now()
        text = self._new_text()
        digest = token_digest(text, self._known_peppers()[0])
        token = Token(
            id=digest[:ID_LENGTH],
            digest=digest,
            subject=subject,
            roles=given,
            shops=tuple(dict.fromkeys(shops)),
            warehouses=tuple(dict.fromkeys(warehouses)),
            issued_at=now,
            expires_at=int((now + timedelta(days=days)).timestamp()),
        )
        place = {"gsi1pk": LIST, "gsi1sk": f"{subject}#{token.id}"}
        put = Put(
            key=_key(digest), item=to_item(token) | place, condition=Absent(), refusal="token_taken"
        )
        self._transaction.commit(Writes([put]))
        return IssuedToken(text=text, token=token)

    def find(self, text: str) -> Token | None:
        """The token that a caller shows; None for one that isn't known or has expired."""
        if not SHORTEST <= len(text) <= LONGEST:
            return None
        for pepper in self._known_peppers():
            item = self._items.get(_key(token_digest(text, pepper)))
            if item is not None:
                token = from_item(item, Token)
                return token if token.expires > self._clock.now() else None
        return None

    def listed(self, subject: str = "") -> list[Token]:
        """All tokens, or a subject's; through an index, so the newest may be missing a moment."""
        prefix = f"{subject}#" if subject else ""
        items = query_all(self._items, TABLE, LIST, index="gsi1", prefix=prefix)
        return [from_item(item, Token) for item in items]

    def revoke(self, text_or_id: str) -> Token:
        """Removes a token, named by its text or its id; its caller is let in no more, at the
        latest when the API's memory of it ends (5 minutes). `NotFound` if there is none.
        """
        token = self.find(text_or_id) or self._by_id(text_or_id)
        delete = Delete(key=_key(token.digest), condition=Exists(), refusal="token_gone")
        try:
            self._transaction.commit(Writes([delete]))
        except ConditionFailed as gone:
            raise _unknown() from gone
        return token

    def _by_id(self, token_id: str) -> Token:
        for token in self.listed():
            if token.id == token_id:
                return token
        raise _unknown()

    def _known_peppers(self) -> Sequence[str]:
        peppers = self._peppers()
        if not peppers:
            raise Unavailable("the secret tokens-pepper isn't there")
        return peppers


def _key(digest: str) -> Key:
    return Key(TABLE, f"TOKEN#{digest}", "HEAD")


def _unknown() -> NotFound:
    return NotFound("unknown_token", "there is no such token", field="token")
