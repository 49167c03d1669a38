"""The remote half of the front door: the same verbs, carried to the hub that owns the ledger.

Invariants: it knows the kernel's types and nothing else of ours; a command is sent again after a lost
connection only if that can do nothing twice.
"""
