"""Hold the size of our files and keep this machine out of them: `python scripts/check_layout.py`.

Sizes (the bar comes from a survey of well-kept codebases of this kind): no Python file over 800 lines;
below src/, 90 % of the files that hold code have at most 350 lines and half of them at most 120.
Text: no address of a package registry and no path of the machine that it was written on, so that a
clone means the same anywhere. Python: nothing left for later, and no test that may be skipped.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST, NINETIETH, MEDIAN = 800, 350, 120

FOREIGN = (
    re.compile(r"pypi\.org|pythonhosted\.|registry\.npm|npmjs\.(?:org|com)/-/|deb\.debian\.|proxy\.golang\."),
    re.compile(r"(?<![\w./])/(?:work|farm|root)/"),
    re.compile(r"(?<![\w./])/home/[a-z]"),
    re.compile(r"^\s*--?(?:index-url|extra-index-url|find-links|trusted-host)\b"),
)

UNFINISHED = (
    re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b"),
    re.compile(r"\bpytest\.(?:ski[p]|xfai[l]|importorski[p])\b|\bmark\.(?:ski[p](?:if)?|xfai[l])\b"),
)


def tracked_files() -> list[Path]:
    """What a commit would hold: tracked files and new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in sorted(set(listed.split("\0"))) if name and (path := ROOT / name).is_file()]


def _line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def percentile(sizes: Iterable[int], share: float) -> int:
    """The smallest size that at least `share` (0 … 1) of the sizes do not exceed; 0 if there are none."""
    ordered = sorted(sizes)
    return next((size for place, size in enumerate(ordered, 1) if place >= share * len(ordered)), 0)


def size_problems(sizes: dict[str, int]) -> Iterator[str]:
    """Problems with the sizes, in lines, of Python files by their path in the repository."""
    for name, size in sizes.items():
        if size > LONGEST:
            yield f"{name}: {size} lines, at most {LONGEST}"
    code = [
        size
        for name, size in sizes.items()
        if name.startswith("src/") and not name.endswith("__init__.py") and "/migrations/" not in name
    ]
    for share, bar, word in ((0.9, NINETIETH, "90 %"), (0.5, MEDIAN, "half")):
        found = percentile(code, share)
        if found > bar:
            yield f"src: {word} of the files reach {found} lines, at most {bar}"


def text_problems(name: str, text: str) -> Iterator[str]:
    """Lines that name a package registry or a path of this machine; in Python, lines left unfinished."""
    bars = [(pattern, "belongs to one machine, not to the project") for pattern in FOREIGN]
    if name.endswith(".py"):
        bars += [(pattern, "leaves something for later, or a test unrun") for pattern in UNFINISHED]
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, reason in bars:
            if match := pattern.search(line):
                yield f"{name}:{number}: {match.group()!r} {reason}"


def problems() -> Iterator[str]:
    """Everything wrong with the tree as it stands."""
    files = tracked_files()
    names = {path: path.relative_to(ROOT).as_posix() for path in files}
    yield from size_problems({names[path]: _line_count(path) for path in files if path.suffix == ".py"})
    for path in files:
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            yield from text_problems(names[path], content.decode("utf-8", errors="replace"))


def main() -> int:
    found = list(problems())
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
