"""Where a ledger is kept: one contract, and the stores that fulfil it.

Invariants: only this room speaks SQL or a database driver; a commit is all or nothing over events
and rows; it succeeds only for the current (epoch, head); what `commit` returned from is durable.
"""
