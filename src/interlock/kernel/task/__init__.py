"""Tasks: pull-based work with leases and fences.

Invariants: one claim wins, and its fence is the position of its `TaskClaimed`, so fences only grow; every
write after a claim carries the fence; a lease is taken back exactly once, and never while it is valid.
"""
