"""Followers: they read the log and say what happened, whether it is whole, and what was true when.

Invariants: a follower reads through the store contract only and never writes; it works while another
process owns the ledger; what it keeps in memory is bounded by open work and row digests, not by history.
"""
