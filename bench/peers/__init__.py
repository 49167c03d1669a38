"""The peers and raw limits that Interlock is compared with, one file for each.

Every file says in its docstring what one lifecycle is for that peer, and reads back from the server
or the database whether its steps were durable instead of trusting its own configuration.
"""
