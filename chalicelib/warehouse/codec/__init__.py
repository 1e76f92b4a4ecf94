"""Qimen XML to and from the documents: one file per message family.

Writing gives `Content` for `xml.write`; reading takes the `Node` of a document that `xml.read`
accepted. Unknown codes are kept as text. A dialect is a codec of its own beside these.
"""
