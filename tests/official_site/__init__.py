"""A stand-in for an official site: for the twin, for tests and for practice. Not an official site.

`python -m tests.official_site --port P` serves on 127.0.0.1: a pretend log-in, a form, a PDF to
download, and pages that misbehave on purpose.
"""
