"""What a WMS sends: receipts, shipments, returns, counts, changes of stock, shortages, questions.

A family of messages a file. Quantities of a confirm are increments of that message. What is not
given is None or "". Codes are kept as they came, also unknown ones. `path` is where a part stands
in the raw message. `extend_props` are the partner's own fields; like remarks and whatever else may
speak of people they stay out of `repr`, and so out of logs. Every moment is a field named `…_at`:
`recognising` leaves those out where it looks for a re-send stamped anew.
"""
