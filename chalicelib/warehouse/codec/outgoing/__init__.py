"""Writing what goes to a WMS and reading what it answers: one file per message family.

A code that the protocol asks for and that is missing is refused (`missing_element`), one that is
too long too (`code_too_long`), each with the element's name; names and remarks are cut.
"""
