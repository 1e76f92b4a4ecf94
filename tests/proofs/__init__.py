"""Proofs over the whole main job: every handler under every crash, twice, in any order, and against
others, with the app's own container, the simulators' applications as peers, all in one process.
"""
