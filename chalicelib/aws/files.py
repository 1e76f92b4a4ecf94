"""Objects in the raw bucket: bytes that are written once and never changed.

A body that carries personal data is sealed under a data key, its own or its document's; the
wrapped key and the nonce stand in the object's metadata, so an object can be read with nothing but
itself and the master key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.outages import ask, reaching
from chalicelib.kernel.sealing import Sealed, Sealer, SealingKey


class S3Files:
    """Put and get, plain or sealed. Keys are ours; a key is written once."""

    def __init__(self, clients: Clients, bucket: str, sealer: Sealer) -> None:
        self._clients = clients
        self._bucket = bucket
        self._sealer = sealer

    def put(self, key: str, body: bytes) -> None:
        """Writes or overwrites with the same content (snapshot shards may run again)."""
        self._s3("put_object", Key=key, Body=body)

    def get(self, key: str) -> bytes | None:
        """The bytes, None if there is no such object."""
        found = self._get(key)
        return None if found is None else found[0]

    def put_sealed(self, key: str, body: bytes, *, under: SealingKey | None = None) -> SealingKey:
        """Seals with the object's key as subject, under a new data key or the one given; the data
        key, so that what belongs to the object can be sealed under it too.
        """
        data_key = under or self._sealer.new_key(key)
        sealed = data_key.seal(key, body)
        metadata = {"data-key": sealed.key, "nonce": sealed.nonce}
        if sealed.under:
            metadata["key-of"] = sealed.under
        self._s3("put_object", Key=key, Body=sealed.data.encode(), Metadata=metadata)
        return data_key

    def get_sealed(self, key: str) -> bytes | None:
        """What `put_sealed` was given, None if there is no such object."""
        found = self._get(key)
        if found is None:
            return None
        body, metadata = found
        sealed = Sealed(
            key=metadata["data-key"],
            nonce=metadata["nonce"],
            data=body.decode(),
            under=metadata.get("key-of", ""),
        )
        return self._sealer.open(key, sealed)

    def names(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """The keys that begin with it and come after another key, in their order, a thousand a
        request.
        """
        token = {"StartAfter": after} if after else {}
        while True:
            answer = self._s3("list_objects_v2", Prefix=prefix, **token)
            yield from (each["Key"] for each in answer.get("Contents", ()))
            if not answer["IsTruncated"]:
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def mark_unverified(self, key: str) -> None:
        """Tags an object whose signature failed: the life cycle deletes it after some days."""
        tags = {"TagSet": [{"Key": "verified", "Value": "no"}]}
        self._s3("put_object_tagging", Key=key, Tagging=tags)

    def _get(self, key: str) -> tuple[bytes, Mapping[str, str]] | None:
        """The object's bytes and metadata."""
        try:
            answer = self._s3("get_object", Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        with reaching("s3", "get_object"):
            return bytes(answer["Body"].read()), answer["Metadata"]

    def _s3(self, operation: str, **request: Any) -> Any:
        return ask(self._clients, "s3", operation, Bucket=self._bucket, **request)


class S3Links:
    """Addresses of objects for somebody who has no rights of his own."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def link(self, key: str, *, seconds: int) -> str:
        """An address that anybody may read the object at, for so long, as if it were us. It is
        signed here: S3 isn't asked.
        """
        request = {"Bucket": self._bucket, "Key": key}
        client: Any = self._clients["s3"]
        return str(client.generate_presigned_url("get_object", Params=request, ExpiresIn=seconds))
