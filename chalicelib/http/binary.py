"""Which bodies API Gateway hands over byte for byte: all of them.

`infra/api.yaml` makes every media type binary at the gateway, so bodies come base64-encoded and
unchanged, whatever their type says. The list below is Chalice's own and only decides how *answers*
are encoded: raw messages are the only ones that are bytes.
"""

BYTES_TYPE = "application/octet-stream"
BINARY_TYPES = [BYTES_TYPE]

XML_ANSWER_TYPE = "text/xml; charset=utf-8"
"""How XML is answered."""
