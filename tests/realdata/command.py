"""The command line as people use it: words in, one JSON document out; in this process, to be quick."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from jieyue.cli.main import app

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DATA = ROOT / "tests" / "data"


@dataclass(frozen=True)
class Desk:
    """A home and its command."""

    home: Path

    def run(self, *arguments: object, status: int | None = 0) -> str:
        """What the command writes; `status` None takes any exit code."""
        done = CliRunner().invoke(app, ["--home", str(self.home), *map(str, arguments)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert status is None or done.exit_code == status, done.stderr + done.stdout
        return done.stdout

    def json(self, *arguments: object, status: int | None = 0) -> Any:
        """The document of `--json`."""
        return json.loads(self.run("--json", *arguments, status=status))

    def take(self, kind: str, file: Path, profile: Path, *more: str, status: int | None = 0) -> Any:
        """Import one file by a profile; the count identity holds whatever happens."""
        document = self.json("import", kind, file, "--map", profile, *more, status=status)
        assert document["read"] == document["accepted"] + document["duplicate"] + document["rejected"]
        return document

    def figures(self, period: str, scopes: list[str], indicators: list[str]) -> dict[tuple[str, str], Any]:
        """Figures by (scope, indicator)."""
        asked = [*(f"--scope={scope}" for scope in scopes), *(f"--indicator={code}" for code in indicators)]
        rows = self.json("figures", "--period", period, *asked)
        return {(row["scope"], row["indicator"]): row for row in rows}


def counts(document: Any) -> tuple[int, int, int, int]:
    """Read, accepted, duplicate, rejected."""
    return tuple(document[name] for name in ("read", "accepted", "duplicate", "rejected"))  # type: ignore[return-value]


def rows_of(document: Any, code: str) -> set[int]:
    """The rows that a finding is told of."""
    return {finding["row"] for finding in document["findings"] if finding["code"] == code}
