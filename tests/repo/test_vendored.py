"""The browser assets are those that versions.json names, byte for byte."""

import json
import shutil
from pathlib import Path

from scripts import vendor_assets


def test_every_file_is_listed_and_matches_its_digest() -> None:
    assert list(vendor_assets.differences()) == []


def test_digest_has_the_form_of_an_integrity_attribute() -> None:
    # SHA-384 of nothing, as in FIPS 180-4 examples, in base64.
    empty = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
    assert vendor_assets.sha384(b"") == empty


def test_a_changed_a_missing_and_a_foreign_file_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    shutil.copytree(vendor_assets.VENDOR, folder)
    with (folder / "htmx/htmx.min.js").open("ab") as file:
        file.write(b" ")
    (folder / "echarts/echarts.min.js").unlink()
    (folder / "extra.js").write_text("1", "utf-8")
    assert sorted(vendor_assets.differences(folder)) == [
        "echarts/echarts.min.js: listed in versions.json, not on disk",
        "extra.js: not listed in versions.json",
        "htmx/htmx.min.js: differs from the sha384 in versions.json",
    ]


def test_each_package_names_version_licence_source_and_brings_the_licence_text() -> None:
    manifest = json.loads((vendor_assets.VENDOR / "versions.json").read_text("utf-8"))
    allowed = {"0BSD", "Apache-2.0", "MIT", "BSD-3-Clause", "ISC"}
    for package in manifest["packages"]:
        assert package["licence"] in allowed
        assert package["version"].count(".") == 2
        assert package["source"] == f"npm package {package['name']}"
        assert any(Path(file["path"]).name.startswith("LICENSE") for file in package["files"])
    assert {package["name"] for package in manifest["packages"]} == {"htmx.org", "echarts", "bootstrap"}


def test_no_asset_points_at_a_source_map_that_is_not_shipped() -> None:
    texts = {path.name: path.read_text("utf-8") for path in vendor_assets.VENDOR.rglob("*.min.*")}
    assert len(texts) == 3
    assert [name for name, text in texts.items() if "sourceMappingURL" in text] == []
