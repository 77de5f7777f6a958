"""Files of the lake that another program wrote, whole but with columns of other types: every command names the file,
none gives a number made of it."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.cli.command import BROKEN, DONE, jieyue
from tests.cli.test_rollups import METERS, add_meters, steady, take
from tests.other_types import written_anew


@pytest.fixture
def derived(home: Path) -> Path:
    add_meters(home, METERS)
    take(home, steady(30))
    assert jieyue(home, "readings", "clean").code == DONE
    return home


#: Which commands read a table. Where nothing is new the derived tables are not made again.
READERS = {
    "readings": [
        ("readings", "show", "--grain", "raw"),
        ("readings", "export", "--grain", "raw"),
        ("readings", "rebuild"),
    ],
    "intervals": [
        ("readings", "show", "--grain", "hour"),
        ("readings", "export", "--grain", "hour"),
        ("readings", "quality"),
        ("readings", "city", "--from", "2025-01"),
        ("readings", "rollup", "--month", "2025-01"),
    ],
    "point_day": [
        ("readings", "export", "--grain", "day"),
        ("readings", "show", "--grain", "month"),
    ],
    "use_day": [
        ("readings", "show", "--grain", "day", "--scope", "A"),
        ("readings", "export", "--grain", "day", "--scope", "city"),
    ],
}


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("readings", "value", pa.float64()),
        ("readings", "ts", pa.int32()),
        ("readings", "value", pa.decimal128(18, 2)),
        ("intervals", "use", pa.float64()),
        ("intervals", "quality", pa.int64()),
        ("point_day", "use", pa.float64()),
        ("point_day", "measured", pa.int64()),
        ("use_day", "use", pa.decimal128(18, 6)),
    ],
)
def test_every_command_names_the_file_and_gives_no_number(
    derived: Path, tmp_path: Path, table: str, column: str, kind: pa.DataType
) -> None:
    paths = written_anew(derived / "lake", table, {column: kind})
    for command in READERS[table]:
        file = tmp_path / "out.csv"
        output = ("-o", file) if command[1] in ("export", "city") else ()
        said = jieyue(derived, *command, *output)
        assert (said.code, said.document["error"]["code"]) == (BROKEN, "lake_corrupt"), (command, said)
        text = said.document["error"]
        for words in (text["message_zh"], text["message_en"]):
            assert column in words
            assert str(kind) in words
            assert any(path in words for path in paths)
        assert not file.exists()
    doctor = jieyue(derived, "doctor", "--deep")
    assert doctor.code != DONE
    assert any(path in doctor.stdout for path in paths)
