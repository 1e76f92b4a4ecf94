"""Sealing personal data: encrypted under a data key of its own document (envelope encryption).

Destroying the wrapped key makes the data unreadable for ever, which is how a person is erased
while the books stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Base64 texts: the data key wrapped by the master key, the nonce, the ciphertext with its
    tag.
    """

    key: str
    nonce: str
    data: str


class Sealer(Protocol):
    """Makes and opens sealed data; `subject` (the document's number) is bound into it, so it opens
    for no other document.
    """

    def seal(self, subject: str, plain: bytes) -> Sealed:
        """Encrypts under a new data key."""
        ...

    def open(self, subject: str, sealed: Sealed) -> bytes:
        """The inverse; raises `ValueError` if the subject or the data is another."""
        ...
