"""From a database address to Django's DATABASES entry: SQLite (default) or PostgreSQL, no vendor features."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# A commit must outlive a power cut before the lake refers to it: FULL fsyncs the WAL at every commit.
# What is deleted is overwritten: the salt of a person's data is to be gone, not only out of sight (erase_salt.py).
_SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000; PRAGMA secure_delete=ON;"
)
_SQLITE_WAIT_SECONDS: Final = 30


def database_settings(address: str) -> dict[str, Any]:
    """`sqlite:///path` or `postgresql://user:password@host:port/name?host=/socket/folder`.

    `&pooler=yes` where a pooler that mixes connections (PgBouncer) stands between: no plan is kept then.
    """
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return sqlite_settings(Path(unquote(parts.path)))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgres_settings(address)
    raise ImproperlyConfigured(
        f"数据库地址应以 sqlite:/// 或 postgresql:// 开头，不是 {parts.scheme!r} / a database address starts with "
        f"sqlite:/// or postgresql://, not {parts.scheme!r}"
    )


def sqlite_settings(file: Path) -> dict[str, Any]:
    """SQLite in WAL mode; a transaction takes the write lock at once, so none fails half-way for want of it."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": _SQLITE_WAIT_SECONDS,
            "init_command": _SQLITE_PRAGMAS,
        },
    }


def _postgres_settings(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    pooler = options.pop("pooler", "no")
    if pooler not in {"yes", "no"}:
        raise ImproperlyConfigured(
            f"数据库地址里 pooler= 应为 yes 或 no，不是 {pooler!r} / pooler= in a database address is yes or no, "
            f"not {pooler!r}"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "POOLER": pooler == "yes",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
