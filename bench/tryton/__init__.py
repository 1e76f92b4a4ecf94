"""The same moves in Tryton's stock module and in ours: `make bench-tryton`.

300,000 moves of 3,000 SKUs over 30 days, seeded. Both sides are in one process with everything in
memory (Tryton on SQLite, ours on the tables of a rehearsal), loaded past their own intake.
What is timed is what people wait for: the stock of every SKU at a past day, and the cost of one SKU
computed anew from all its moves. The results are compared: pieces to the piece, cost to 0.01.
"""
