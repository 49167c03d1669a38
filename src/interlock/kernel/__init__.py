"""What may happen: commands, events, decide and apply, one file per noun.

Invariants: this room imports nothing else of ours; nothing here reads a clock, draws a random number or
awaits; `decide` changes nothing; `apply` never raises on an event that `decide` made.
"""
