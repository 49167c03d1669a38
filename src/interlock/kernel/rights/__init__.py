"""What the bearer of a key may do: one pure function, `admit.admitted`, for each command from outside.

`access/roles.py` says which role may use a verb; here stands on what. Whoever may not see a thing gets the answer that
an unknown thing gets, made by the same function that decides for everybody: on a state without the thing.
"""
