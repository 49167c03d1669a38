"""Topics: published events stay in the log; consumer groups read them from durable subscriptions.

Invariants: each event goes to one member of a group at a time; the checkpoint never passes an event that is
not settled; of this room's events only `EventPublished` has a field `topic`, because the store indexes the log
by that field; topic events are read from the store and handed in, so that no event body stays in memory.
"""
