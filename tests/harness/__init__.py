"""What proves that the OMS loses nothing and does nothing twice: a stricter moto, crash points,
interleavings, and a pump that plays SQS and the outbox's stream.

Outside calls are what all of it hangs on: every request to AWS and to a peer is announced before it
is made and after it took effect (`outside_calls`).
"""
