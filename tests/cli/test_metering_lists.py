"""`import calibrations` and `import to-be-metered`: counts, refusals that say what, and nothing half done."""

from pathlib import Path

from tests.cli.command import DONE, REFUSED, jieyue
from tests.cli.test_metering import metered, school

__all__ = ["metered", "school"]


def test_lists_come_in_by_command(metered: Path) -> None:
    file = metered / "list.csv"
    file.write_text("计量点,检定日期,有效期至\nE1,2024-12-15,2026-12-14\nE2,2025-01-02,\n", "utf-8")
    dry = jieyue(metered, "import", "calibrations", file, "--dry-run")
    assert (dry.code, dry.document["accepted"], dry.document["applied"]) == (DONE, 2, False)
    said = jieyue(metered, "import", "calibrations", file)
    assert (said.code, said.document["accepted"], said.document["applied"]) == (DONE, 2, True), said.stdout
    again = jieyue(metered, "import", "calibrations", file)
    assert (again.document["duplicate"], again.document["accepted"]) == (2, 0)
    file.write_text("institution,kind,place,meter\nA,water1,in,W1\nA,water2,canteen,E1\n", "utf-8")
    refused = jieyue(metered, "import", "to-be-metered", file)
    assert (refused.code, refused.document["applied"]) == (REFUSED, False)
    (finding,) = refused.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("to_be_metered_meter", 3, "E1")
    taken = jieyue(metered, "import", "to-be-metered", file, "--valid-rows-only")
    assert (taken.document["accepted"], taken.document["rejected"], taken.document["applied"]) == (1, 1, True)
