"""Messages: each recipient of a message has a delivery of its own.

Invariants: reading loses nothing, a delivery is settled only by its latest receipt or by a reply; time to
live counts by the hub's clock, whether anybody polls or not; being away is no delivery attempt; of the
messages that are waiting, one sender's are handed to one recipient in the order in which they were sent.
"""
