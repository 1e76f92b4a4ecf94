"""Envelope encryption with KMS: each document and each raw message under a data key of its own.

AES-256-GCM from `cryptography`; the data key comes from KMS and is kept only wrapped. The subject
is bound in twice, as encryption context of the key and as associated data of the cipher.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.outages import ask
from chalicelib.kernel.sealing import Sealed

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsKey:
    """A data key: `SealingKey`. `wrapped` goes along with everything sealed under it."""

    owner: str
    wrapped: str
    plain: bytes = field(repr=False)

    def seal(self, subject: str, plain: bytes) -> Sealed:
        # Imported where it is used: half of the functions never see anything sealed.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        data = AESGCM(self.plain).encrypt(nonce, plain, subject.encode())
        under = "" if self.owner == subject else self.owner
        return Sealed(key=self.wrapped, nonce=_text(nonce), data=_text(data), under=under)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self.plain).decrypt(
                base64.b64decode(sealed.nonce), base64.b64decode(sealed.data), subject.encode()
            )
        except InvalidTag as error:
            raise ValueError("sealed data doesn't fit its subject") from error


class KmsSealer:
    """`Sealer` with one KMS request per new data key and one per key unwrapped."""

    def __init__(self, clients: Clients, data_key: str) -> None:
        self._clients = clients
        self._data_key = data_key

    def seal(self, subject: str, plain: bytes) -> Sealed:
        return self.new_key(subject).seal(subject, plain)

    def open(self, subject: str, sealed: Sealed) -> bytes:
        return self.key_of(subject, sealed).open(subject, sealed)

    def new_key(self, subject: str) -> KmsKey:
        key = ask(
            self._clients,
            "kms",
            "generate_data_key",
            KeyId=self._data_key,
            KeySpec="AES_256",
            EncryptionContext={"subject": subject},
        )
        return KmsKey(owner=subject, wrapped=_text(key["CiphertextBlob"]), plain=key["Plaintext"])

    def key_of(self, subject: str, sealed: Sealed) -> KmsKey:
        owner = sealed.under or subject
        try:
            key = ask(
                self._clients,
                "kms",
                "decrypt",
                KeyId=self._data_key,
                CiphertextBlob=base64.b64decode(sealed.key),
                EncryptionContext={"subject": owner},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidCiphertextException":
                raise ValueError("sealed for another subject") from error
            raise
        return KmsKey(owner=owner, wrapped=sealed.key, plain=key["Plaintext"])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
