"""The algorithms that ship, one per module, and what they share.

They are found by the entry points of the group ``mip.algorithms``, as anyone else's are.
"""
