"""Objects of the raw bucket: byte for byte, sealed without a trace of their content, tagged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.aws.envelope import KmsSealer
from chalicelib.aws.files import S3Files, S3Links
from tests.fakes.cloud import Cloud, moto_cloud

GBK = "<request><name>张三</name>\r\n<mobile>13812345678</mobile></request>".encode("gbk")
ALL_BYTES = bytes(range(256))


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


@pytest.fixture(scope="module")
def files(cloud: Cloud) -> S3Files:
    sealer = KmsSealer(cloud.clients, cloud.settings.data_key)
    return S3Files(cloud.clients, cloud.settings.raw_bucket, sealer)


def test_an_address_is_signed_as_kms_wants_it(cloud: Cloud, files: S3Files) -> None:
    files.put("exports/x/1.csv", b"a,b\n")
    links = S3Links(cloud.clients, cloud.settings.raw_bucket)
    address = urlsplit(links.link("exports/x/1.csv", seconds=900))
    asked = dict(parse_qsl(address.query))
    assert address.path.endswith("/exports/x/1.csv")
    assert (asked["X-Amz-Algorithm"], asked["X-Amz-Expires"]) == ("AWS4-HMAC-SHA256", "900")


def stored(cloud: Cloud, key: str) -> Any:
    return cloud.clients["s3"].get_object(Bucket=cloud.settings.raw_bucket, Key=key)


@pytest.mark.parametrize("body", [b"", GBK, ALL_BYTES], ids=["empty", "gbk", "all bytes"])
def test_bytes_come_back_as_they_were_put(files: S3Files, body: bytes) -> None:
    files.put("plain/1", body)
    files.put_sealed("sealed/1", body)
    assert files.get("plain/1") == body
    assert files.get_sealed("sealed/1") == body


def test_a_sealed_object_holds_nothing_of_its_content(cloud: Cloud, files: S3Files) -> None:
    files.put_sealed("sealed/2", GBK)
    found = stored(cloud, "sealed/2")
    kept = found["Body"].read() + repr(found["Metadata"]).encode()
    for part in (b"13812345678", b"<name>", "张三".encode("gbk"), "张三".encode()):
        assert part not in kept


def test_an_object_under_another_key_does_not_open(cloud: Cloud, files: S3Files) -> None:
    files.put_sealed("sealed/3", GBK)
    bucket = cloud.settings.raw_bucket
    cloud.clients["s3"].copy_object(
        Bucket=bucket, Key="sealed/4", CopySource={"Bucket": bucket, "Key": "sealed/3"}
    )
    with pytest.raises(ValueError, match="another subject"):
        files.get_sealed("sealed/4")


def test_what_is_not_there_is_none(files: S3Files) -> None:
    assert files.get("nowhere") is None
    assert files.get_sealed("nowhere") is None


def test_an_unverified_object_carries_the_tag_its_life_cycle_looks_for(
    cloud: Cloud, files: S3Files
) -> None:
    files.put_sealed("unverified/1", GBK)
    files.mark_unverified("unverified/1")
    tags = cloud.clients["s3"].get_object_tagging(
        Bucket=cloud.settings.raw_bucket, Key="unverified/1"
    )
    assert tags["TagSet"] == [{"Key": "verified", "Value": "no"}]
    assert files.get_sealed("unverified/1") == GBK


def test_an_object_sealed_under_anothers_key_opens_with_nothing_but_itself(
    cloud: Cloud, files: S3Files
) -> None:
    key = files.put_sealed("sealed/request", GBK)
    files.put_sealed("sealed/answer", b"<response/>", under=key)
    request, answer = (stored(cloud, name) for name in ("sealed/request", "sealed/answer"))
    assert answer["Metadata"]["data-key"] == request["Metadata"]["data-key"]
    assert answer["Metadata"]["key-of"] == "sealed/request"
    assert files.get_sealed("sealed/answer") == b"<response/>"


def test_keys_are_named_in_their_order_and_behind_another_one(files: S3Files) -> None:
    for key in ("listed/b", "listed/a", "listed/c", "other/d"):
        files.put(key, b"")
    assert list(files.names("listed/")) == ["listed/a", "listed/b", "listed/c"]
    assert list(files.names("listed/", after="listed/a")) == ["listed/b", "listed/c"]
