"""The home: the folder of one authority, and everything that a process must know before it starts.

HOME/home.toml        what is written below, mode 0600 (the database address may hold a password)
HOME/secret.key       the signing key of this home, mode 0600
HOME/office.sqlite3   the office database, unless `database` names a server
HOME/lake/            the published facts, unless `lake` names another place
HOME/catalog/         the overlay of the catalog
HOME/files/           uploaded and exported files
HOME/files-gone/      those that no record named, for 30 days more (apps/exchange/services/tidy_files.py)
HOME/log.key          the private key that signs the action log, mode 0600 (apps/audit/signer.py)
HOME/log.pub          its public key
HOME/log/             readings that were pushed and are not in the lake yet
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

HOME_FILE: Final = "home.toml"
KEY_FILE: Final = "secret.key"
DEFAULT_PATH: Final = Path("var")
DEFAULT_PLAN: Final = "chongqing-14fyp"
DEFAULT_REGION: Final = "500000"  # GB/T 2260: Chongqing
LANGUAGES: Final = ("zh-hans", "en")
#: Identifiers are authority × 2³² + serial; up to here they stay exact in a float64 (and so in a browser).
LARGEST_AUTHORITY: Final = 2**21 - 1
FIRST_DERIVED_AUTHORITY: Final = 1_000_000  # GB/T 2260 codes have six digits


class HomeError(Exception):
    """The home is missing, damaged or says something impossible. The text names file, reason and remedy."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(f"{message_zh} / {message_en}")
        self.message_zh = message_zh
        self.message_en = message_en


@dataclass(frozen=True, slots=True)
class Home:
    """One authority's home.

    authority: number that prefixes every identifier, by default the GB/T 2260 code of the region, else
    a number made from the region's name.
    clock: a fixed "today" for samples and rehearsals; None = the calendar of `timezone`.
    """

    path: Path
    database: str
    lake: str
    plan: str
    authority: int
    region: str
    synthetic: bool
    clock: date | None
    language: str
    timezone: str

    @classmethod
    def open(cls, path: Path | str | None = None) -> Self:
        """Read HOME/home.toml. Path: argument, else JIEYUE_HOME, else ./var."""
        folder = resolve(path)
        file = folder / HOME_FILE
        if not file.is_file():
            raise HomeError(
                f"{folder} 不是一个节约之家：没有 {HOME_FILE}。请先运行 jieyue init。",
                f"{folder} is not a home: it has no {HOME_FILE}. Run `jieyue init` first.",
            )
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise HomeError(f"{file} 无法读取：{error}", f"{file} cannot be read: {error}") from error
        return cls._from_values(folder, values, str(file))

    @classmethod
    def create(cls, path: Path | str | None = None, **values: Any) -> Self:
        """Make the folders, HOME/home.toml and the secret key. Refuses a home that exists."""
        folder = resolve(path)
        file = folder / HOME_FILE
        if file.exists():
            raise HomeError(f"{folder} 已经是一个节约之家。", f"{folder} is a home already.")
        home = cls._from_values(folder, values, "Home.create")
        for part in (folder, folder / "catalog", folder / "files"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        if "://" not in home.lake:
            Path(home.lake).mkdir(parents=True, exist_ok=True)
        home.secret_key()
        _write_private(file, home._toml(values))
        return home

    def changed(self, **values: Any) -> Self:
        """The same home with other values, written to home.toml (the old file is replaced in one step)."""
        current = tomllib.loads((self.path / HOME_FILE).read_text(encoding="utf-8"))
        merged = {k: v for k, v in {**current, **values}.items() if v is not None}
        home = type(self)._from_values(self.path, merged, "Home.changed")
        _write_private(self.path / HOME_FILE, home._toml(merged))
        return home

    def today(self) -> date:
        """The authority's calendar day (design.md §12), or the fixed clock."""
        return self.clock or datetime.now(ZoneInfo(self.timezone)).date()

    def secret_key(self) -> str:
        """The signing key, made on first use; readable by the owner only."""
        file = self.path / KEY_FILE
        if not file.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # another process was faster; its key is the key
                _create_private(file, secrets.token_urlsafe(50))
        key = file.read_text(encoding="ascii").strip()
        if len(key) < 50:
            raise HomeError(f"{file} 已损坏。", f"{file} is damaged: it must hold at least 50 characters.")
        return key

    @classmethod
    def _from_values(cls, folder: Path, values: dict[str, Any], place: str) -> Self:
        known = {field.name for field in dataclasses.fields(cls)} - {"path"}
        if unknown := sorted(set(values) - known):
            raise HomeError(
                f"{place}：不认识的设置 {', '.join(unknown)}。可用：{', '.join(sorted(known))}。",
                f"{place}: unknown settings {', '.join(unknown)}. Known: {', '.join(sorted(known))}.",
            )
        region = str(values.get("region") or DEFAULT_REGION)
        lake = str(values.get("lake") or "lake")
        home = cls(
            path=folder,
            database=str(values.get("database") or f"sqlite:///{folder / 'office.sqlite3'}"),
            lake=lake if "://" in lake else str((folder / lake).resolve()),
            plan=str(values.get("plan") or DEFAULT_PLAN),
            authority=_authority(values.get("authority"), region, place),
            region=region,
            synthetic=_flag(values.get("synthetic", False), place),
            clock=_date(values.get("clock"), place),
            language=str(values.get("language") or LANGUAGES[0]),
            timezone=str(values.get("timezone") or "Asia/Shanghai"),
        )
        if home.language not in LANGUAGES:
            raise _wrong(place, "language", home.language, " | ".join(LANGUAGES))
        try:
            ZoneInfo(home.timezone)
        except (KeyError, ValueError) as error:
            raise _wrong(place, "timezone", home.timezone, "Asia/Shanghai") from error
        return home

    def _toml(self, values: dict[str, Any]) -> str:
        """Only what was said is written: a default stays a default, and a moved folder keeps working."""
        lines = ["# 节约之家 A Jieyue home. Restart after a change."]
        said = {"plan": self.plan, "authority": self.authority, "region": self.region, **values}
        for name, value in said.items():
            if value is None:
                continue
            if isinstance(value, date):
                text = value.isoformat()
            elif isinstance(value, bool):
                text = "true" if value else "false"
            elif isinstance(value, int):
                text = str(value)
            else:
                text = json.dumps(str(value), ensure_ascii=False)
            lines.append(f"{name} = {text}")
        return "\n".join(lines) + "\n"


def resolve(path: Path | str | None) -> Path:
    """The home's folder: the argument, else JIEYUE_HOME, else ./var; absolute."""
    return Path(path or os.environ.get("JIEYUE_HOME") or DEFAULT_PATH).expanduser().resolve()


def _wrong(place: str, name: str, value: object, expected: str) -> HomeError:
    return HomeError(
        f"{place}：{name} = {value!r} 不可用，应为 {expected}。",
        f"{place}: {name} = {value!r} is not usable; expected {expected}.",
    )


def _authority(value: object, region: str, place: str) -> int:
    if value is None:
        value = int(region) if region.isascii() and region.isdigit() else _derived_authority(region)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_AUTHORITY:
        raise _wrong(place, "authority", value, f"1 … {LARGEST_AUTHORITY}")
    return value


def _derived_authority(region: str) -> int:
    """A number for a region without a GB/T 2260 code: above all such codes, and the same for the same region.

    Two regions may share one; authorities that federate then state `authority` in home.toml.
    """
    digest = int.from_bytes(hashlib.sha256(region.encode()).digest()[:8], "big")
    return FIRST_DERIVED_AUTHORITY + digest % (LARGEST_AUTHORITY - FIRST_DERIVED_AUTHORITY + 1)


def _flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(place, "synthetic", value, "true | false")
    return value


def _date(value: object, place: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong(place, "clock", value, "YYYY-MM-DD")


def _create_private(file: Path, text: str) -> None:
    """Make the file whole or not at all; FileExistsError if it is there already."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}.new")
    scratch.unlink(missing_ok=True)
    try:
        _write(scratch, text)
        os.link(scratch, file)
    finally:
        scratch.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _write_private(file: Path, text: str) -> None:
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        _write(scratch, text)
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)
