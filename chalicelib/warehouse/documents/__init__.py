"""The documents that travel between the OMS and a WMS, as plain types: no XML, no protocol names.

`outgoing` goes to the WMS, `answers` comes back at once, `incoming` is what the WMS reports later.
Codes are kept as text, also unknown ones. `path` is where a part stands in the raw message.
"""
