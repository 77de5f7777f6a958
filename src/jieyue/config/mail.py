"""From a mail server's address to Django's EMAIL settings; without one no mail is sent, and nothing offers to."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def mail_settings(address: str | None, sender: str) -> dict[str, Any]:
    """The settings; raises ImproperlyConfigured for another kind of address.

    >>> found = mail_settings("smtps://desk:a%40b@mail.example", "desk@mail.example")
    >>> found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"], found["EMAIL_USE_SSL"]
    ('mail.example', 465, 'a@b', True)
    """
    if address is None:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend", "DEFAULT_FROM_EMAIL": sender}
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            f"邮件服务器应写作 smtp://用户:口令@主机:端口，不是 {parts.scheme!r} / a mail server is written "
            f"smtp://user:password@host:port, smtps:// or smtp+plain://, not {parts.scheme!r}"
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 30,
        "DEFAULT_FROM_EMAIL": sender,
    }
