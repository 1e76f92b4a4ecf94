"""Money, quantities, ids, clock, errors, events and conditional writes: pure, no I/O, known to
all.
"""
