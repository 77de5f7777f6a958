"""The command as a person gives it: words in, what was said on stdout and stderr and the exit code out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from jieyue.cli.main import app

DONE, REFUSED, USAGE, UNAVAILABLE, BROKEN = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Said:
    """What one command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout: fails if there is none, or anything beside it."""
        return json.loads(self.stdout)

    @property
    def counts(self) -> tuple[int, int, int, int, bool]:
        """read, accepted, duplicate, rejected, applied of an import; the identity is checked on the way."""
        said = self.document
        counts = tuple(said[name] for name in ("read", "accepted", "duplicate", "rejected"))
        assert counts[0] == sum(counts[1:]), counts
        return (*counts, said["applied"])

    def findings(self, severity: str = "error") -> list[Mapping[str, Any]]:
        """The findings of an import of one severity."""
        return [one for one in self.document["findings"] if one["severity"] == severity]

    def errors(self) -> list[str]:
        """The codes of the errors, in order."""
        return [one["code"] for one in self.findings()]


def jieyue(home: Path | None, *words: object, as_json: bool = True, lang: str = "zh") -> Said:
    """Run the command in this process; an exception that the command lets through fails the test."""
    before = ["--home", str(home)] if home is not None else []
    before += ["--json"] if as_json else []
    result = CliRunner().invoke(app, [*before, "--lang", lang, *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def figure(home: Path, scope: str, period: str, indicator: str, *more: object) -> Mapping[str, Any]:
    """One figure as `figures --json` gives it."""
    said = jieyue(home, "figures", "--scope", scope, "--period", period, "--indicator", indicator, *more)
    assert said.code == DONE, said.stderr
    (row,) = said.document
    return row
