"""The dock: a page on which a person plays the hardware of a twin.

Its own small program on its own loopback port. It keeps nothing: it is killed at every wipe,
because it shows papers of the visit, and starts anew while its page waits.
"""
