"""What the log says of a person: nothing that can be read, nor guessed once the salt is destroyed."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest
from django.db import connection, transaction

from jieyue.apps.audit import chain
from jieyue.apps.audit.models import ActionLog, LogSalt
from jieyue.apps.audit.salts import salt_of, salted
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.erase_salt import NoSaltError, erase_salt
from jieyue.apps.audit.services.record import digest, record
from jieyue.apps.audit.verify import verify_home
from jieyue.apps.identity.services.create_user import create_user
from jieyue.config.home import Home


def whole_log() -> str:
    rows = ActionLog.objects.order_by("id").values_list(*chain.FIELDS)
    return "".join(json.dumps(chain.entry_of(row), ensure_ascii=False) for row in rows)


@pytest.mark.postgres
def test_a_name_cannot_be_guessed_once_its_salt_is_gone(home: Home) -> None:
    user = create_user("zhang.san", actor="t", real_name="张三")
    about = f"user:{user.pk}"
    entry = ActionLog.objects.get(object=about)
    assert "张三" not in whole_log()
    # Whoever has the salt proves the name, by hand; without it names are tried in vain, in the state's digest too.
    salt = LogSalt.objects.get(object=about).salt
    named = hashlib.sha256(bytes.fromhex(salt) + "张三".encode()).hexdigest()
    assert entry.data["real_name"] == f"salted:{named}"
    plain = {"username": "zhang.san", "real_name": "张三", "language": ""}
    assert entry.after not in (digest(plain), digest(plain | {"language": "zh-hans"}))
    assert len(salt) == 64
    other = create_user("zhang.san2", actor="t", real_name="张三")
    assert ActionLog.objects.get(object=f"user:{other.pk}").data["real_name"] != entry.data["real_name"]
    checkpoint()
    erase_salt(about, actor="t", reason="本人要求")
    assert salt_of(about) == ""
    assert salt not in whole_log()
    assert ActionLog.objects.get(pk=entry.pk).data == entry.data
    assert verify_home().problems == []
    last = ActionLog.objects.order_by("-id")[0]
    assert (last.verb, last.object, last.reason) == ("audit.erase_salt", about, "本人要求")
    with transaction.atomic():
        again = record("test.again", about, actor="t", data={"real_name": salted(about, "张三")})
    assert again.data["real_name"] != entry.data["real_name"]  # what is said anew has a salt of its own


def test_what_has_no_salt_is_refused(home: Home) -> None:
    user = create_user("nobody", actor="t")
    with pytest.raises(NoSaltError) as raised:
        erase_salt(f"user:{user.pk}", actor="t")
    assert raised.value.code == "no_salt"
    assert ActionLog.objects.count() == 1
    assert salted("user:9", "") == ""


def test_the_bytes_of_a_destroyed_salt_are_in_no_file_of_the_office(home: Home) -> None:
    user = create_user("zhang.san", actor="t", real_name="张三")
    for each in range(300):  # so many that pages are split, and what moves leaves nothing behind
        with transaction.atomic():
            record("test.thing", f"thing:{each}", actor="t", data={"name": salted(f"thing:{each}", "x")})
    about = f"user:{user.pk}"
    salt = salt_of(about).encode()
    kept = salt_of("thing:7").encode()

    def files() -> bytes:
        return b"".join(file.read_bytes() for file in sorted(home.path.glob("office.sqlite3*")))

    assert salt in files()
    assert erase_salt(about, actor="t") is True
    assert salt not in files()
    assert kept in files()
    wal = home.path / "office.sqlite3-wal"
    assert not wal.exists() or wal.stat().st_size == 0


def test_whoever_reads_meanwhile_keeps_the_old_pages_and_that_is_said(home: Home) -> None:
    user = create_user("zhang.san", actor="t", real_name="张三")
    with closing(sqlite3.connect(home.path / "office.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM audit_logsalt").fetchone() == (1,)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 1")
        assert erase_salt(f"user:{user.pk}", actor="t") is False
    assert salt_of(f"user:{user.pk}") == ""
