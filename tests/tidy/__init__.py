"""The habits of this code base as rules that run with `make check`.

Each rule is a function from the tree to its violations. A rule without a planted violation in
tests/unit/test_tidy.py fails that test: what has never been seen to bite is not a rule.
"""
