"""How a foreign file of readings is laid out, as one TOML file: what its columns are, in which zone its times stand.

    kind = "readings"
    layout = "wide"                # one column a meter; "long" (default): one row a reading; "day": one row a meter
                                   # and day, one column a time of the day (00:00, 00:30 … 24:00)
    timezone = "UTC"               # of times that say no offset
    shift_seconds = 0              # added to each time; -3600 where an hour is labelled by its end
    prefix = "CAM-"                # wide: a meter's code = prefix + heading + suffix
    meter = "CAM-b40"              # long: the one meter of a file that has no such column
    header = 2                     # the row in which the headings stand, if not the first
    no_reading = ["--", "NULL"]    # words that stand where there is no reading: such cells are left out, and told
    [columns]                      # heading → meter, ts, value, channel, kind, revision; wide: ts only
    "datetime" = "ts"

Unknown keys are refused. See docs/how-to/meter-readings.md.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

LAYOUTS: Final = ("long", "wide", "day")
WORDS: Final = ("meter", "ts", "value", "channel", "kind", "revision")
_MOST_SHIFT: Final = 366 * 86_400
_MOST_HEADER: Final = 100


class ReadingsProfileError(ValueError):
    """The profile is not valid; the message says which key and why, in English and (`zh`) in Chinese."""

    def __init__(self, key: str, en: str, zh: str) -> None:
        super().__init__(f"{key}: {en}")
        self.zh = f"{key}：{zh}"


@dataclass(frozen=True)
class ReadingsProfile:
    """As the file says; see the module."""

    layout: str = "long"
    timezone: str = ""
    shift_seconds: int = 0
    prefix: str = ""
    suffix: str = ""
    meter: str = ""
    header: int = 1
    no_reading: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def load_readings_profile(path: Path) -> ReadingsProfile:
    """The profile in a file. Raises ReadingsProfileError, OSError."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReadingsProfileError(path.name, f"is not TOML: {error}", f"不是 TOML：{error}") from None
    if said.pop("kind", None) != "readings":
        raise ReadingsProfileError("kind", 'must be "readings"', '应为 "readings"')
    known = {one.name: one.type for one in fields(ReadingsProfile)}
    for name, value in said.items():
        _check(name, value, known)
    profile = ReadingsProfile(**said)
    _sound(profile)
    return profile


def _check(name: str, value: Any, known: Mapping[str, Any]) -> None:
    if name not in known:
        listed = ", ".join(known)
        raise ReadingsProfileError(name, f"is not known; known: {listed}", f"没有这个键；可用：{listed}")
    wanted: type = {"shift_seconds": int, "header": int, "columns": dict, "no_reading": list}.get(name, str)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ReadingsProfileError(name, f"must be a {wanted.__name__}", f"类型应为 {wanted.__name__}")


def _sound(profile: ReadingsProfile) -> None:
    if profile.layout not in LAYOUTS:
        raise ReadingsProfileError("layout", "must be long, wide or day", "应为 long、wide 或 day")
    _sound_cells(profile)
    if profile.timezone:
        try:
            ZoneInfo(profile.timezone)
        except (KeyError, ValueError, OSError):
            raise ReadingsProfileError(
                "timezone",
                "is no time zone, like UTC or Asia/Shanghai",
                "没有这个时区，如 UTC、Asia/Shanghai",
            ) from None
    if abs(profile.shift_seconds) > _MOST_SHIFT:
        raise ReadingsProfileError("shift_seconds", "is more than a year", "超过一年")
    allowed = {"wide": ("ts",), "day": tuple(one for one in WORDS if one != "value")}.get(
        profile.layout, WORDS
    )
    for heading, word in profile.columns.items():
        if word not in allowed:
            listed = ", ".join(allowed)
            raise ReadingsProfileError(
                f"columns.{heading}", f"must be one of {listed}", f"只能是 {listed} 之一"
            )
    if profile.layout == "wide" and profile.meter:
        raise ReadingsProfileError(
            "meter",
            "is for long files; in a wide one the headings are the meters",
            "只用于 long，wide 的列名就是表号",
        )
    if profile.layout != "wide" and (profile.prefix or profile.suffix) and profile.meter:
        raise ReadingsProfileError(
            "meter", "goes without prefix and suffix", "写了 meter 就不写 prefix、suffix"
        )


def _sound_cells(profile: ReadingsProfile) -> None:
    if not 1 <= profile.header <= _MOST_HEADER:
        raise ReadingsProfileError("header", f"must be 1 to {_MOST_HEADER}", f"应为 1 至 {_MOST_HEADER}")
    for word in profile.no_reading:
        if not isinstance(word, str) or not word.strip() or _is_number(word):
            raise ReadingsProfileError(
                "no_reading",
                "holds words as they stand in cells; a number that means none is no_value of the meter",
                "只写格子里的词；表示没有值的数写在台账的 no_value（缺测值）",
            )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.strip().lower() not in ("nan", "inf", "-inf", "infinity")
