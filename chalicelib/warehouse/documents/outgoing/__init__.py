"""What the OMS sends to a WMS, and what the WMS answers to it: one file per message family."""
