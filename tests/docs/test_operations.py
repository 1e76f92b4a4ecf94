"""`docs/operations.md` has every setting, alarm, parameter, secret and kind of exception."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from chalicelib.aws.settings import read_settings
from chalicelib.kernel.exceptions import ExceptionKind

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs/operations.md").read_text()
INFRA = {path.name: path.read_text() for path in sorted((ROOT / "infra").glob("*.yaml"))}


class Recording(dict[str, str]):
    """An environment that has everything, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: object = None) -> str:  # type: ignore[override]
        self.asked.add(name)
        return "1"


def settings_read() -> set[str]:
    environment = Recording()
    read_settings(environment)
    return environment.asked


def rows() -> dict[str, str]:
    """Variable -> default as the document has it; a row may name several."""
    found: dict[str, str] = {}
    for names, default in re.findall(r"^\| (`[A-Z].*?`) \| (.*?) \|", TEXT, re.MULTILINE):
        for name in re.findall(r"`([A-Z][A-Z_]+)`", names):
            if name.startswith(("OMS_", "AWS_", "POWERTOOLS_")):
                assert name not in found, f"{name} stands twice"
                found[name] = default
    return found


def of_infra() -> set[str]:
    block = INFRA["parameters.yaml"].partition("Variables:")[2]
    return set(re.findall(r"^ {8}([A-Z_]+):", block, re.MULTILINE))


def of_this_machine() -> set[str]:
    sources = [*(ROOT / "local").rglob("*.py"), ROOT / "Makefile"]
    names = set()
    for path in sources:
        names |= set(re.findall(r"OMS_[A-Z]+(?:_[A-Z]+)+\b", path.read_text()))
    return names - settings_read()


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    assert set(rows()) == settings_read() | of_infra() | of_this_machine()


def test_every_setting_that_is_needed_is_set_by_the_template() -> None:
    needed = {name for name, default in rows().items() if default == "needed"}
    by_lambda = {"AWS_REGION", "AWS_DEFAULT_REGION"}
    assert needed - by_lambda <= of_infra()


def test_a_default_that_is_told_is_the_one_that_counts() -> None:
    told = {
        name: default.strip("`")
        for name, default in rows().items()
        if name in settings_read() and default not in ("needed", "none")
    }
    assert set(told) >= {"OMS_BUCKETS", "OMS_BODY_LIMIT_BYTES", "OMS_CATALOG_CACHE_SECONDS"}
    least = {name: "x" for name in settings_read() if name not in told}
    assert read_settings(least) == read_settings(least | told)


def test_every_parameter_of_the_template_is_named() -> None:
    block = INFRA["parameters.yaml"].partition("Parameters:")[2].partition("\nConditions:")[0]
    parameters = re.findall(r"^ {2}(\w+):$", block, re.MULTILINE)
    assert len(parameters) > 10
    assert [name for name in parameters if f"`{name}`" not in TEXT] == []


def test_every_alarm_has_its_line_and_every_line_an_alarm() -> None:
    alarms = {
        name for text in INFRA.values() for name in re.findall(r"^ {2}(\w+Alarm):$", text, re.M)
    }
    patterns = set(re.findall(r"^\| `([\w*]+Alarm)` \|", TEXT, re.MULTILINE))
    assert len(alarms) > 40
    assert {each for each in alarms if not any(fnmatchcase(each, one) for one in patterns)} == set()
    assert {one for one in patterns if not any(fnmatchcase(each, one) for each in alarms)} == set()


def test_every_kind_of_exception_has_its_line_and_no_other_has() -> None:
    section = TEXT.partition("## Exceptions for people")[2].partition("\n## ")[0]
    told = [
        kind
        for cell in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
        for kind in re.findall(r"`(\w+)`", cell)
    ]
    assert sorted(told) == sorted(ExceptionKind)


def test_every_kind_of_exception_is_raised_and_no_other_is() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    assert set(re.findall(r"ExceptionKind\.(\w+)", code)) == set(ExceptionKind.__members__)
    given = re.findall(r"ExceptionCase\([^)]*?kind=([^,]+),", code)
    assert len(given) > 8
    assert [
        kind for kind in given if not re.fullmatch(r"ExceptionKind\.\w+|(doubt\.)?kind", kind)
    ] == []


def test_every_secret_that_is_read_has_its_line() -> None:
    read = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        read |= set(
            re.findall(r'"((?:providers/[\w-]+)|(?:[a-z]+-(?:key|pepper)))"', path.read_text())
        )
    assert read >= {"providers/sms", "tokens-pepper", "numbers-key", "recipients-key"}
    not_secrets = {"data-key"}
    assert {name for name in read - not_secrets if f"`{name}`" not in TEXT} == set()
