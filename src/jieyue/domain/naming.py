"""Lists that go out: nobody of them who must not be named, and never exactly one left out.

A list that lacks one member of a group whose number is known names that member.
"""

from collections.abc import Collection, Sequence


def nameable(members: Sequence[int], sensitive: Collection[int]) -> list[int]:
    """The members that a list may name, in their order: if one alone would be left out, the last other goes too.

    >>> nameable([1, 2, 3, 4], {2})
    [1, 3]
    >>> nameable([1, 2, 3, 4], {2, 3})
    [1, 4]
    >>> nameable([1, 2], set())
    [1, 2]
    """
    named = [one for one in members if one not in sensitive]
    if len(members) - len(named) == 1:
        return named[:-1]
    return named
