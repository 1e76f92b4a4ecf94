"""The gate that hostile documents don't pass: bytes to a parsed document, or a refusal.

A body is read in this order: size, encoding (UTF-8, GBK, GB2312, GB18030 only; what the
declaration names, else UTF-8), XML 1.0, no document type (so there are no entities to expand and
nothing to fetch), well-formed, depth. Comments and processing instructions are dropped, so
`admin<!--x-->evil` reads as one text. Options are explicit although some are lxml's defaults: a
default may change.
"""

from __future__ import annotations

import re

from lxml import etree

from chalicelib.kernel.errors import Malformed, TooLarge

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 32
"""The deepest message of the protocol has 8 levels."""

_UTF8_BOM = b"\xef\xbb\xbf"
_DECODERS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    # Senders that declare GB2312 use characters of GBK; GB18030 holds both.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_LONGEST_DECLARATION = 200
_BLANKS = r"[ \t\r\n]"
_DECLARATION = re.compile(
    rf"""<\?xml{_BLANKS}+version{_BLANKS}*={_BLANKS}*(?P<q1>["'])(?P<version>[^"'<>]{{1,20}})(?P=q1)"""
    rf"""(?:{_BLANKS}+encoding{_BLANKS}*={_BLANKS}*(?P<q2>["'])(?P<encoding>[^"'<>]{{1,40}})(?P=q2))?"""
    rf"""(?:{_BLANKS}+standalone{_BLANKS}*={_BLANKS}*(?P<q3>["'])(?:yes|no)(?P=q3))?{_BLANKS}*\?>"""
)
_DECLARED = re.compile(rf"<\?xml{_BLANKS}")

_BEYOND = re.compile("[\U00010000-\U0010ffff]")
"""Characters that XML 1.0 takes into names only since its fifth edition, which libxml2 follows; the
conformance suite and most parsers don't.
"""
_BEGIN_BEYOND = tuple(bytes([byte]) for byte in range(0xF0, 0xF5))
"""What such a character begins with in UTF-8, and nothing else: a look for five bytes takes a
twentieth of one by the expression.
"""

_too_deep = etree.XPath(f"boolean({'/*' * (MOST_DEPTH + 1)})")
"""Whether an element lies deeper than allowed: the parser's own library looks, level by level."""


def parse(body: bytes) -> etree._Element:
    """The document's root element; `Malformed` or `TooLarge` for everything that isn't acceptable.

    Refusals: `body_too_large`, `empty_body`, `unsupported_encoding`, `wrong_encoding`,
    `unsupported_xml_version`, `document_type`, `malformed_xml`, `too_deep`.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge("body_too_large", f"the body has more than {MOST_BYTES} bytes")
    if not body.strip():
        raise Malformed("empty_body", "the body is empty")
    content, text = _decode(body)
    _refuse_document_type(text)
    element = _parse(content)
    if element.getroottree().docinfo.internalDTD is not None:
        raise _document_type()
    if _too_deep(element):
        raise Malformed("too_deep", f"elements nest deeper than {MOST_DEPTH}", field="/")
    beyond = any(byte in content for byte in _BEGIN_BEYOND)
    if beyond and any(map(_is_named_beyond, element.iter())):
        raise Malformed("malformed_xml", "a name has a character beyond U+FFFF", field="/")
    return element


def _is_named_beyond(element: etree._Element) -> bool:
    return any(_BEYOND.search(str(name)) for name in (element.tag, *element.attrib))


def _decode(body: bytes) -> tuple[bytes, str]:
    """The document in UTF-8, and its text.

    UTF-8 goes to the parser as it came. What was in another encoding is written anew, with a
    declaration that names none: what it named has been used.
    """
    marked = body.startswith(_UTF8_BOM)
    content = body.removeprefix(_UTF8_BOM)
    declaration = _declaration(content)
    encoding = ((declaration and declaration["encoding"]) or "utf-8").lower()
    decoder = _DECODERS.get(encoding)
    if decoder is None or b"\x00" in content[:4] or (marked and decoder != "utf-8"):
        raise Malformed(
            "unsupported_encoding", "the encoding is UTF-8, GBK, GB2312 or GB18030", field="/"
        )
    try:
        text = content.decode(decoder)
    except UnicodeDecodeError as error:
        raise Malformed(
            "wrong_encoding", f"byte {error.start} is not {encoding.upper()}", field="/"
        ) from None
    if declaration is None or declaration["version"] == "1.0":
        return (content, text) if encoding == "utf-8" else _rewritten(text, declaration)
    raise Malformed("unsupported_xml_version", "only XML 1.0 is read", field="/")


def _rewritten(text: str, declaration: re.Match[str] | None) -> tuple[bytes, str]:
    rewritten = '<?xml version="1.0"?>' + text[declaration.end() :] if declaration else text
    return rewritten.encode(), rewritten


def _declaration(content: bytes) -> re.Match[str] | None:
    """The declaration that the document begins with, if it has one."""
    head = content[:_LONGEST_DECLARATION].decode("latin-1")
    found = _DECLARATION.match(head)
    if found is None and _DECLARED.match(head):
        raise Malformed("malformed_xml", "the XML declaration can't be read", field="/")
    return found


def _refuse_document_type(text: str) -> None:
    """Looks before the parser does: the prolog holds blanks, comments and instructions only."""
    at = 0
    while True:
        at = _first_visible(text, at)
        if text.startswith("<!--", at):
            at = _after(text, "-->", at + 4)
        elif text.startswith("<?", at):
            at = _after(text, "?>", at + 2)
        else:
            break
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise _document_type()


def _first_visible(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _after(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _document_type() -> Malformed:
    return Malformed("document_type", "a DOCTYPE is not accepted", field="/")


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own words may quote the document, so only the place is passed on.
        line, column = error.position
        raise Malformed(
            "malformed_xml", f"not well-formed at line {line}, column {column}", field="/"
        ) from None
