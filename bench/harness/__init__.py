"""The measuring loops themselves, written against small protocols: what is measured plugs in.

A raw limit, a peer and Interlock run through the same loop wherever they can, so that a difference
in the figures is a difference of the systems and not of the way they were measured.
"""
