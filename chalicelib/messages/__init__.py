"""The message log (报文): the raw bytes of every peer in both directions, and an index to find
them.
"""
