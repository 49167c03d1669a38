"""Schedules: tasks that are created by the hub's clock.

Invariants: a schedule's next time only grows, and moves in the event that fires it, so each time fires once at
the most; times missed while no hub was there fire once or not at all, never in a burst.
"""
