"""A verb that the office refuses."""

from jieyue.domain.errors import DomainError


class RefusedError(DomainError):
    """Asked for something that the rules do not allow; nothing has changed.

    `code` for programs, `message_zh` and `message_en` for people: what is wrong and how to mend it.
    """


def wrong(code: str, zh: str, en: str) -> RefusedError:
    """What was typed cannot be taken, said in place: a refusal that stands in one room alone needs no name."""
    return RefusedError(code, zh=zh, en=en)
