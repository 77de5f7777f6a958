"""Files that somebody spoilt, given to `verify-log`: said in both languages, exit code 1, never a traceback."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import BROKEN, DONE, REFUSED, jieyue

Change = Callable[[Any], object]
HASH = "ab" * 32
DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def files(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint, a proof, the whole log and a part of it, all of one small home."""
    folder = tmp_path_factory.mktemp("spoilt")
    home = folder / "home"
    shutil.copytree(registered, home)
    jieyue(home, "log", "checkpoint", "-o", folder / "anchor.json")
    jieyue(home, "log", "prove", "2", "-o", folder / "proof.json")
    jieyue(home, "log", "export", "-o", folder / "log.jsonl")
    jieyue(home, "log", "export", "--since", "3", "-o", folder / "part.jsonl")
    for words in (["--proof", "proof.json"], ["--file", "log.jsonl"], ["--file", "part.jsonl"]):
        assert jieyue(None, "verify-log", words[0], folder / words[1]).code == DONE
    return folder


def refused(*words: object) -> str:
    """The refusal in both languages is about the file; the Chinese one is returned."""
    said = jieyue(None, "verify-log", *words)
    assert said.code == REFUSED
    error = said.document["error"]
    assert error["code"] == "file"
    assert str(words[-1]) in error["message_zh"]
    assert str(words[-1]) in error["message_en"]
    return str(error["message_zh"])


def without(name: str, *path: str) -> Change:
    def change(said: Any) -> object:
        for key in path:
            said = said[key]
        return said.pop(name)

    return change


def set_to(value: object, *path: str | int) -> Change:
    def change(said: Any) -> None:
        for key in path[:-1]:
            said = said[key]
        said[path[-1]] = value

    return change


@pytest.mark.parametrize("value", [None, True, "10", 1.5, 0, -1, 2**63])
def test_a_size_is_a_whole_number(files: Path, tmp_path: Path, value: object) -> None:
    said = json.loads((files / "anchor.json").read_text())
    spoilt = tmp_path / "x.json"
    spoilt.write_text(json.dumps({**said, "size": value}))
    assert "checkpoint.size 应是" in refused("--file", files / "log.jsonl", "--checkpoint", spoilt)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root", "ab"),
        ("root", None),
        ("root", "AB" * 32),
        ("root", " " + HASH),
        ("at", 7),
        ("key", []),
        ("signature", 1),
        ("origin", "\ud800"),
        ("another", ""),
    ],
)
def test_a_checkpoint_has_its_values(files: Path, tmp_path: Path, name: str, value: object) -> None:
    said = json.loads((files / "anchor.json").read_text())
    spoilt = tmp_path / "x.json"
    spoilt.write_text(json.dumps({**said, name: value}))
    refused("--file", files / "log.jsonl", "--checkpoint", spoilt)


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{", DEEP, "\ufeff{}", "{}"])
def test_what_is_no_document(files: Path, tmp_path: Path, text: str) -> None:
    spoilt = tmp_path / "x.json"
    spoilt.write_text(text)
    refused("--file", files / "log.jsonl", "--checkpoint", spoilt)
    refused("--proof", spoilt)
    refused("--file", spoilt)
    spoilt.write_bytes(b"\xff\xfe{}")
    refused("--proof", spoilt)
    refused("--file", spoilt)
    refused("--file", tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        without("verb", "entry"),
        without("at", "entry"),
        without("object", "entry"),
        without("entry"),
        without("path"),
        without("public_key"),
        set_to(True, "seq"),
        set_to("2", "seq"),
        set_to(0, "seq"),
        set_to(["ab"], "path"),
        set_to([1], "path"),
        set_to("ab", "path"),
        set_to("1" * 63, "public_key"),
        set_to("3", "checkpoint", "size"),
        set_to("ab", "checkpoint", "root"),
        set_to([], "checkpoint"),
        set_to("\ud800", "entry", "actor"),
        set_to(7, "entry", "at"),
        set_to("other", "kind"),
    ],
)
def test_a_proof_has_its_values(files: Path, tmp_path: Path, change: Change) -> None:
    said = json.loads((files / "proof.json").read_text())
    change(said)
    spoilt = tmp_path / "x.json"
    spoilt.write_text(json.dumps(said))
    assert "不是条目的证明" in refused("--proof", spoilt)


@pytest.mark.parametrize(
    "change",
    [
        set_to([], "before"),
        set_to({"size": True, "head": HASH, "peaks": [HASH]}, "before"),
        set_to({"size": "2", "head": HASH, "peaks": [HASH]}, "before"),
        set_to({"size": 2, "head": HASH, "peaks": [HASH, HASH]}, "before"),
        set_to({"size": 2, "head": HASH, "peaks": ["ab"]}, "before"),
        set_to({"size": 2, "head": HASH, "peaks": HASH}, "before"),
        set_to({"size": 2, "head": "", "peaks": [HASH]}, "before"),
        set_to({"size": 2, "head": HASH}, "before"),
        set_to([1], "consistency"),
        set_to({"two": []}, "consistency"),
        set_to({"1": ["ab"]}, "consistency"),
        set_to({"1": 7}, "consistency"),
        without("public_key"),
        set_to("xy", "public_key"),
        set_to(7, "public_key"),
    ],
)
def test_a_part_says_what_stands_before_it(files: Path, tmp_path: Path, change: Change) -> None:
    head, *rest = (files / "part.jsonl").read_text().splitlines()
    said = json.loads(head)
    change(said)
    spoilt = tmp_path / "x.jsonl"
    spoilt.write_text("\n".join([json.dumps(said), *rest]))
    assert "不是导出的日志" in refused("--file", spoilt)


@pytest.mark.parametrize(
    "change",
    [
        set_to(True, "seq"),
        set_to("2", "seq"),
        without("leaf"),
        set_to("ab", "leaf"),
        set_to(None, "head"),
        set_to(7, "entry"),
        without("verb", "entry"),
        without("at", "entry"),
        set_to(7, "entry", "at"),
        set_to("\ud800", "entry", "actor"),
    ],
)
def test_a_line_of_a_log_has_its_values(files: Path, tmp_path: Path, change: Change) -> None:
    lines = (files / "log.jsonl").read_text().splitlines()
    said = json.loads(lines[2])
    change(said)
    lines[2] = json.dumps(said, sort_keys=True, separators=(",", ":"))
    spoilt = tmp_path / "x.jsonl"
    spoilt.write_text("\n".join(lines))
    assert "3: " in refused("--file", spoilt) or "JSON" in refused("--file", spoilt)


def with_no_zone(files: Path, rewritten: bool) -> list[dict[str, object]]:
    """The lines of the log, the instant of its second entry a bare day; rewritten: leaves and heads are made anew."""
    said = [json.loads(line) for line in (files / "log.jsonl").read_text().splitlines()]
    said[2]["entry"]["at"] = "2020-01-01"
    head = bytes.fromhex(said[1]["head"])
    for line in [one for one in said[2:] if "entry" in one] if rewritten else ():
        leaf = hashlib.sha256(b"\0" + as_text(line["entry"]).encode()).digest()
        head = hashlib.sha256(head + leaf).digest()
        line["leaf"], line["head"] = leaf.hex(), head.hex()
    return said


def as_text(said: object) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(("rewritten", "kind"), [(False, "altered"), (True, "clock")])
def test_an_instant_of_no_zone_is_told_once(files: Path, tmp_path: Path, rewritten: bool, kind: str) -> None:
    """No time lies between it and another: of a changed entry it is the change, in a log made anew the clock."""
    spoilt = tmp_path / "x.jsonl"
    spoilt.write_text("\n".join(map(as_text, with_no_zone(files, rewritten))))
    told = jieyue(None, "verify-log", "--file", spoilt)
    assert told.code == BROKEN
    assert [(one["kind"], one["seq"]) for one in told.document["problems"] if one["seq"] == 2] == [(kind, 2)]
    assert {one["kind"] for one in told.document["problems"]} <= {kind, "forked"}
