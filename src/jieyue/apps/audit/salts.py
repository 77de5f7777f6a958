"""A person's data in an entry: a digest that says nothing by itself and nothing at all once its salt is destroyed.

The log cannot be changed, so what may have to be erased one day does not stand in it.
"""

import hashlib
import secrets

from jieyue.apps.audit.models import LogSalt


def salted(obj: str, text: str) -> str:
    """What an entry about the object (`user:12`) says of a name: SHA-256 over the object's salt and the text, hex.

    The same text about the same object gives the same, so that a change shows; empty for an empty text. Called in the
    transaction of the entry.
    """
    if not text:
        return ""
    row, _made = LogSalt.objects.get_or_create(object=obj, defaults={"salt": secrets.token_hex(32)})
    return salted_with(row.salt, text)


def salted_with(salt: str, text: str) -> str:
    """As anybody who was given the salt (hex) computes it.

    >>> salted_with("00", "张三")[:20]
    'salted:1a306b1724496'
    """
    return "salted:" + hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def salt_of(obj: str) -> str:
    """The salt of an object, empty if there is none or it was destroyed."""
    return LogSalt.objects.filter(object=obj).values_list("salt", flat=True).first() or ""
