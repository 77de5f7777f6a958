"""`import boundaries`: the command says what was matched, and stores nothing without a review number or a day."""

import json
from pathlib import Path

from tests.cli.command import DONE, jieyue

SQUARE = [[[106, 29], [107, 29], [107, 30], [106, 30], [106, 29]]]


def test_a_file_is_loaded_under_its_number_only(empty: Path, tmp_path: Path) -> None:
    file = tmp_path / "界线.geojson"
    shapes = [
        {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": SQUARE}}
        for code in ("500103", "510100")
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), "utf-8")
    command = ("import", "boundaries", str(file))
    refused = jieyue(empty, *command, "--approval", " ", "--from", "2025-11-06", as_json=False)
    assert (refused.code, "审图号" in refused.stdout + refused.stderr) == (1, True)
    refused = jieyue(empty, *command, "--approval", "渝S(2026)001号", "--from", "2025-13-06", as_json=False)
    assert (refused.code, "2025-13-06" in refused.stdout + refused.stderr) == (1, True)
    said = jieyue(empty, *command, "--approval", "渝S(2026)001号", "--from", "2025-11-06")
    assert said.code == DONE
    assert said.document["matched"] == ["500103"]
    assert said.document["unmatched"] == ["510100"]
    assert len(said.document["without"]) == 36
