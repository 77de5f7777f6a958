"""docs/reference/cli.md names every command with its options, and no command that does not exist."""

import importlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/cli.md"


def documented() -> dict[str, str]:
    """Command → the text of its section."""
    parts = re.split(r"^## `([a-z -]+)`$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def existing() -> dict[str, set[str]]:
    """Command → its long options, read from the program itself."""
    if importlib.util.find_spec("jieyue.cli.main") is None:
        return {}
    return commands_of(importlib.import_module("jieyue.cli.main").app)


def commands_of(app: typer.Typer) -> dict[str, set[str]]:
    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                yield from walk(inner, (*path, name))
        works_alone = not hasattr(command, "commands") or (path and command.invoke_without_command)
        if works_alone and not command.hidden:
            options = {word for each in command.params for word in each.opts if word.startswith("--")}
            yield " ".join(path), options - {"--help"}

    return dict(walk(typer.main.get_command(app), ()))


def test_the_reader_of_commands_finds_groups_and_long_options() -> None:
    app, group = typer.Typer(), typer.Typer()

    @app.command()
    def figures(scope: str = "city", dry_run: bool = False) -> None: ...

    @group.command("status")
    def status(plan: str, year: int = typer.Option(..., "--year", "-y")) -> None: ...

    app.add_typer(group, name="plan")
    assert commands_of(app) == {"figures": {"--scope", "--dry-run"}, "plan status": {"--year"}}


def test_every_command_has_a_section_that_names_its_options() -> None:
    sections = documented()
    missing = [
        f"{command} {option}".strip()
        for command, options in existing().items()
        for option in ["", *sorted(options)]
        if option not in sections.get(command, "")
    ] + [command for command in existing() if command not in sections]
    assert missing == []


def test_no_section_names_a_command_or_option_that_is_gone() -> None:
    sections, commands = documented(), existing()
    gone = [
        f"{command} {option}".strip()
        for command, text in sections.items()
        for option in ["", *re.findall(r"`(--[a-z-]+)`", text)]
        if commands and (command not in commands or (option and option not in commands[command]))
    ]
    assert gone == []
    assert len(sections) >= 10
