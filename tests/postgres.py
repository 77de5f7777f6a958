"""A throw-away PostgreSQL server from Debian's package, for tests: on a socket, in a temporary folder."""

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg

_ACCOUNT = "postgres"
_FAST = {
    # No power cut is rehearsed on this server: its disk may lie.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "150",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def binaries() -> Path:
    """The folder of the newest installed server; fails, never skips, where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parent.parent.name)
    )
    if not found:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def _give_to_the_account(folder: Path) -> None:
    """The server refuses to run as root: what is in the folder belongs to its account."""
    if os.geteuid() != 0:
        return
    account = pwd.getpwnam(_ACCOUNT)
    for place in (folder, *folder.rglob("*")):
        os.chown(place, account.pw_uid, account.pw_gid)


@dataclass(slots=True)
class PostgresServer:
    """A running server; databases are made, cloned and dropped by name."""

    folder: Path
    _numbers: Iterator[int]

    @classmethod
    @contextlib.contextmanager
    def running(cls, kept: Path | None = None) -> Iterator[Self]:
        """initdb (or a copy of the data folder that `keep` left at `kept`), start, and stop again at the end."""
        folder = Path(tempfile.mkdtemp(prefix="jieyue-pg-", dir="/tmp"))
        server = cls(folder, itertools.count(1))
        try:
            _give_to_the_account(folder)
            if kept is None:
                server._initialise()
            else:
                shutil.copytree(kept / "data", folder / "data")
                _give_to_the_account(folder / "data")
            options = " ".join(f"-c {name}='{value}'" for name, value in _FAST.items())
            server._run(
                "pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"),
                "-o", f"-k {folder} {options}", "start",
            )  # fmt: skip
            try:
                yield server
            finally:
                server._stop("immediate")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @classmethod
    def keep(cls, kept: Path, make: Callable[[Self], None]) -> None:
        """What `make` does to a new server, kept at `kept` to be copied."""
        with cls.running() as server:
            make(server)
            server._stop("fast")  # in order, so that a copy of its files is a whole cluster
            shutil.copytree(server.folder / "data", kept / "data")

    def address(self, database: str) -> str:
        """The address for home.toml."""
        return f"postgresql://{_ACCOUNT}@/{database}?host={self.folder}"

    def create_database(self, name: str, *, template: str = "template0") -> None:
        # Files copied, not pages logged: half the work where nothing is flushed. Only way before PostgreSQL 15.
        copied = "STRATEGY file_copy" if int(binaries().parent.name) >= 15 else ""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\' {copied}')

    def clone_database(self, template: str) -> str:
        """A new database like the template; returns its name."""
        name = f"office_{next(self._numbers)}"
        self.create_database(name, template=template)
        return name

    def drop_database(self, name: str) -> None:
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            f"host={self.folder} user={_ACCOUNT} dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _initialise(self) -> None:
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-A", "trust", "-U", _ACCOUNT, "-E", "UTF8", "--no-sync")

    def _stop(self, mode: str) -> None:
        """Stop it, if it runs."""
        data = self.folder / "data"
        if (data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(data), "-m", mode, "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries() / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", _ACCOUNT, "--", *command]
        # To a file, not a pipe: the server inherits the handle and a pipe would never close.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                check=False,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
            if done.returncode != 0:
                output.seek(0)
                raise RuntimeError(f"{program} failed: {output.read().decode(errors='replace')}")
