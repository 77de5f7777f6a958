"""The base of the domain's typed errors: a code, a message in Chinese and in English, and the facts."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(ValueError):
    """What was asked cannot be computed: `code` for programs, `message_zh` and `message_en` for people.

    Both messages say what is wrong and how to mend it; `data` holds the facts they were made from.

    >>> error = DomainError("cycle", zh="上级关系成环", en="the parents form a ring", data={"nodes": "1,2"})
    >>> error.code, str(error)
    ('cycle', 'the parents form a ring')
    """

    def __init__(self, code: str, *, zh: str, en: str, data: Mapping[str, str] | None = None) -> None:
        super().__init__(en)
        self.code = code
        self.message_zh = zh
        self.message_en = en
        self.data = dict(data or {})
