"""Document numbers (单号): never repeated, not guessable, saying where the data is; also for others
by API.
"""
