"""The access key: what lets an agent or a person in from outside, and how much of the plane it opens.

The kernel keeps a digest and never sees the secret: that is made, and shown once, by the server. A key that is
revoked has left the memory, so that whoever still bears it meets nothing.
"""
