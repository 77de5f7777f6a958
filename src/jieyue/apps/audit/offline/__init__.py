"""Checking the log away from its home: the standard library of Python 3.9 and later, and nothing else.

`jieyue verify-log --file` runs these modules, and `jieyue log verifier` packs the same ones into the file that an
auditor runs on a machine of his own, so that there is one set of rules.

brought: values of a file that nobody vouches for. exported: an exported log. proving: the proof of one entry.
signature: whether a signature is right, by what the machine has. keys: which key signs when.
checking: the verdict. words: what is said of it. command: the file's own command line.
"""
