"""Qimen XML to and from the documents: `outgoing` and `incoming`, one file per message family.

Writing gives `Content` for `xml.write`; reading takes the `Node` of a document that `xml.read`
accepted. Unknown codes are kept as text, and what isn't read as `rest`. Which function is whose
message stands in `catalogue`. A dialect is a codec of its own beside these.
"""
