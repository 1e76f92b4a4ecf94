"""Documentation. What of it is made from the code: `docs.generate`."""
