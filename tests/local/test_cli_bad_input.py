"""The command line and what nobody should have given it: a sentence, an exit code, no traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.cli_world import RECEIVED_XML, Stage, a_stage, said

READERS = (
    ("shop", "put"),
    ("warehouse", "put"),
    ("wms", "connect"),
    ("rules", "put", "shop-demo"),
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One for all: nothing here gets as far as changing it."""
    with pytest.MonkeyPatch.context() as patch, a_stage(patch) as made:
        yield made


# --- files


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "is not a text in UTF-8"),
        ('{"code": "仓"}'.encode("gbk"), "is not a text in UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"{", "is not JSON: "),
        (b"", "is not JSON: "),
        (b"\x00" * 100, "is not JSON: "),
        (b'{"code": NaN}', "is not JSON: NaN is no number of JSON"),
        (b'{"code": "a", "code": "b"}', "is not JSON: 'code' stands in it twice"),
        (b'{"priority": ' + b"9" * 5000 + b"}", "is not JSON: "),
        (b'{"name": "\\ud800"}', "is not JSON: "),
        (b"[]", "is not a JSON object"),
        (b"7", "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b'{"name": "' + b"x" * 1_048_576 + b'"}', "is larger than 1,048,576 bytes"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_a_file_that_holds_no_json_object_is_wrong_usage(
    stage: Stage, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "given.json"
    file.write_bytes(content)
    for command in READERS:
        result = stage.run(*command, str(file))
        assert result.exit_code == 2
        assert sentence in said(result)


def test_what_is_nested_as_deep_as_can_be_read_is_refused_all_the_same(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "deep.json"
    for depth in (50, 200, 400, 800, 900):
        file.write_text('{"failures": ' * depth + "1" + "}" * depth)
        for command in READERS:
            result = stage.run(*command, str(file))
            assert (command, result.exit_code in (1, 2)) == (command, True)
            assert said(result)


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_what_is_no_file_to_read_is_wrong_usage(
    stage: Stage, tmp_path: Path, command: tuple[str, ...]
) -> None:
    for file, sentence in (
        (tmp_path / "nothing.json", "can't be read: No such file or directory"),
        (tmp_path, "can't be read: Is a directory"),
        (tmp_path / ("x" * 300), "can't be read: File name too long"),
    ):
        result = stage.run(*command, str(file))
        assert (result.exit_code, sentence in said(result)) == (2, True), result.stderr


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device here")
def test_a_device_that_never_ends_is_not_read_to_its_end(stage: Stage) -> None:
    result = stage.run("shop", "put", "/dev/zero")
    assert (result.exit_code, "is larger than" in said(result)) == (2, True)


def test_a_file_with_a_byte_order_mark_is_read(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps({"colour": "red"}).encode())
    result = stage.run("shop", "put", str(file))
    assert (result.exit_code, "Refused: " in said(result)) == (1, True)


def test_fields_of_wrong_types_are_refused_with_their_names(stage: Stage) -> None:
    for command, given in (
        (("shop", "put"), {"code": 7}),
        (("shop", "put"), {"hold_above": [["1"]]}),
        (("warehouse", "put"), {"code": "W", "name": None}),
        (("wms", "connect"), {"secret": {"a": 1}}),
        (("wms", "connect"), {"failures": 5}),
    ):
        result = stage.run(*command, "-", stdin=json.dumps(given))
        assert result.exit_code == 1
        assert said(result).startswith("Refused: ")


def test_raw_bytes_that_cant_be_written_are_a_sentence(stage: Stage, tmp_path: Path) -> None:
    message = stage.message(RECEIVED_XML, method="entryorder.confirm", document="PO")
    for file in (tmp_path, tmp_path / "no" / "folder", tmp_path / ("x" * 300)):
        result = stage.run("message", message, "--raw", str(file))
        assert (result.exit_code, "can't be written: " in said(result)) == (2, True)


# --- arguments


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("", "an argument is empty"),
        ("  ", "an argument is empty"),
        ("a\nb", "an argument holds control signs, or isn't UTF-8"),
        ("\udcff\udcfe", "an argument holds control signs, or isn't UTF-8"),
        ("x" * 1001, "an argument has more than 1000 signs"),
    ],
)
def test_an_argument_that_nobody_means_is_wrong_usage_of_every_command(
    stage: Stage, argument: str, sentence: str
) -> None:
    for command in (
        ("trace",),
        ("messages", "--document"),
        ("message",),
        ("stock",),
        ("stock", "WH-EAST", "--sku"),
        ("entries",),
        ("redrive",),
        ("close",),
        ("close-status",),
        ("compare", "2026-11-22.001"),
        ("numbers",),
        ("order", "post", "--sku", "A", "--shop"),
        ("client", "put", "new", "--kind", "SHOP", "--shop"),
        ("token", "issue", "li.na", "--role", "operator", "--shop"),
        ("token", "revoke"),
        ("token", "list"),
    ):
        result = stage.run(*command, argument)
        assert (command, result.exit_code) == (command, 2)
        assert sentence in said(result)


def test_ids_that_nothing_has_are_refused(stage: Stage) -> None:
    for command in (
        ("trace", "NOPE"),
        ("message", "NOPE"),
        ("message", "NOPE", "--raw", "-"),
        ("stock", "NOPE"),
        ("redrive", "NOPE"),
        ("close-status", "NOPE"),
        ("compare", "NOPE", "WH-EAST"),
        ("order", "post", "--shop", "NOPE", "--sku", "TEE-WHITE-M"),
        ("client", "put", "new", "--kind", "SHOP", "--shop", "NOPE"),
        ("client", "put", "bad code!", "--kind", "SHOP", "--shop", "shop-demo"),
        ("token", "issue", "li.na", "--role", "operator", "--shop", "NOPE"),
        ("token", "revoke", "NOPE"),
        ("settle", "NOPE", "--because", "tried"),
        ("requeue", "NOPE"),
        ("rules", "show", "NOPE"),
        ("renew", "invoice", "NOPE"),
        ("renew", "notice", "NOPE"),
        ("renew", "stock-message", "NOPE"),
    ):
        result = stage.run(*command)
        assert (command, result.exit_code) == (command, 1)
        assert said(result).startswith("Refused: ")


def test_a_shops_client_without_a_shop_is_wrong_usage(stage: Stage) -> None:
    result = stage.run("client", "put", "new-client", "--kind", "SHOP")
    assert result.exit_code == 2
    assert "a SHOP client speaks for a shop: --shop CODE" in said(result)


def test_brackets_in_an_id_are_no_markup(stage: Stage) -> None:
    assert "Entries of [/]" in stage.done("entries", "[/]")
    assert "Entries of [red]x[/red]" in stage.done("entries", "[red]x[/red]")
