"""Which bodies API Gateway hands over byte for byte.

A body passes unchanged only if its media type is in this list (it is then base64-encoded on the
way); every other passes as UTF-8 text. Answers use types outside the list, so no caller needs an
`Accept` header.
"""

BINARY_TYPES = [
    "text/xml",
    "application/xml",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
]
"""What warehouse systems send XML as."""

XML_ANSWER_TYPE = "application/qimen+xml; charset=utf-8"
"""How XML is answered. Not `text/xml`: an answer whose type is in the list above needs an `Accept`
header from the caller, and warehouse systems send none. They read the body, not the type.
"""
