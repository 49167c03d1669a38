"""Who decides: a hub owns one shard, decides in memory, and commits in groups.

Invariants: nobody gets an answer before the commit that carries it, and all that it was decided upon, is
durable; a hub runs no user code and waits for nothing but its store; every turn of the clock is bounded;
finished work leaves memory.
"""
