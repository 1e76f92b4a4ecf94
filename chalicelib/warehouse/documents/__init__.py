"""The documents that travel between the OMS and a WMS, as plain types: no XML, no protocol names.

`outgoing` goes to the WMS, with what it answers at once; `incoming` is what the WMS reports later.
Each has one file per message family. Codes are kept as text, also unknown ones. `path` is where a
part stands in the raw message, `rest` what of it has no place in the document.
"""
