"""`jieyue import institutions|returns`: files in, with a finding for everything that is not clear."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import REFUSED, UNAVAILABLE, emit, fail, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.apps.exchange.profile import MappingProfile
    from jieyue.apps.exchange.reader import FileContent
    from jieyue.apps.exchange.result import ImportResult
    from jieyue.catalog.findings import Finding

app = typer.Typer(no_args_is_help=True, help="导入 / files in")

Files = Annotated[list[Path], typer.Argument(help="一个或多个文件", exists=False)]
Map = Annotated[str | None, typer.Option("--map", help="映射方案：文件或已保存的名称")]
Suggest = Annotated[bool, typer.Option("--suggest-map", help="为样表拟一份映射方案，输出到 stdout")]
Dry = Annotated[bool, typer.Option("--dry-run", help="只检查，不存入")]
Valid = Annotated[bool, typer.Option("--valid-rows-only", help="只存入无错的行")]
Restate = Annotated[str, typer.Option("--restate", help="更正已发布数据的理由")]
SheetName = Annotated[str, typer.Option("--sheet", help="拟映射方案时读哪张工作表")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="文本文件的编码")]
Answers = Annotated[Path | None, typer.Option("--answers", help="名称→机构代码 的 JSON 文件")]
Marked = Annotated[Path | None, typer.Option("--marked", help="写出标记了问题的工作簿")]
Publish = Annotated[bool, typer.Option("--publish", help="存入并发布（状态记为已审核，方式 import）")]


@app.command("returns")
@with_home
def returns(
    files: Files,
    form: Annotated[str, typer.Option("--form", help="报表，如 NY201")] = "",
    period: Annotated[str, typer.Option("--period", help="期间，文件内无期间列时用")] = "",
    profile: Map = None,
    suggest_map: Suggest = False,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    publish: Publish = False,
    restate: Restate = "",
    encoding: Encoding = None,
    sheet: SheetName = "",
    answers: Answers = None,
    marked: Marked = None,
) -> None:
    """导入报表（长表、宽表，CSV、XLSX、XLS）。 Import returns."""
    from jieyue.apps.exchange.returns import Options
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.returns.services.import_file import FileChoice, import_file
    from jieyue.apps.returns.services.import_returns import ImportChoice

    if suggest_map:
        _suggest(files, "returns", encoding, form, sheet)
        return
    choice = ImportChoice(publish, dry_run, valid_rows_only, restate)
    reading = FileChoice(
        _profile(profile, "returns"), Options(form=form, period=period), encoding, _answers(answers)
    )
    outcomes = []
    for file in files:
        content = content_of(file)
        outcome = import_file(content, file.name, actor=operator_name(), choice=choice, reading=reading)
        outcomes.append((file, outcome.result))
        mark(marked, outcome.content, content, outcome.result)
    finish(outcomes)


@app.command("institutions")
@with_home
def institutions(
    files: Files,
    profile: Map = None,
    suggest_map: Suggest = False,
    dry_run: Dry = False,
    valid_rows_only: Valid = False,
    restate: Restate = "",
    encoding: Encoding = None,
    sheet: SheetName = "",
    marked: Marked = None,
    publish: Annotated[bool, typer.Option("--publish", help="名录随存入即发布，此项无须给出")] = True,
) -> None:
    """导入机构名录。 Import the registry of institutions."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.registry.services.import_file import import_file

    if suggest_map:
        _suggest(files, "institutions", encoding, "", sheet)
        return
    outcomes = []
    for file in files:
        content = content_of(file)
        outcome = import_file(
            content,
            file.name,
            actor=operator_name(),
            profile=_profile(profile, "institutions"),
            encoding=encoding,
            dry_run=dry_run,
            valid_rows_only=valid_rows_only,
            restate=restate,
        )
        outcomes.append((file, outcome.result))
        mark(marked, outcome.content, content, outcome.result)
    finish(outcomes)


@app.command("boundaries")
@with_home
def boundaries(
    file: Annotated[Path, typer.Argument(help="界线文件（GeoJSON）")],
    approval: Annotated[str, typer.Option("--approval", help="审图号，必填")],
    valid_from: Annotated[str, typer.Option("--from", help="自何日起有效，如 2025-11-06")],
) -> None:
    """导入官方界线文件，供界线图用。 Load an official boundary file for the outline map."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.trees.services.load_boundary import load_boundary

    try:
        day = date.fromisoformat(valid_from)
    except ValueError:
        fail(
            REFUSED,
            f"--from 应为日期，如 2025-11-06：{valid_from}",
            f"--from must be a day such as 2025-11-06: {valid_from}",
            code="day",
        )
    loaded = load_boundary(content_of(file), file.name, approval=approval, day=day, actor=operator_name())
    if options.json:
        emit(asdict(loaded))
        return
    say(
        f"已存入：{len(loaded.matched)} 个地区有界线；对不上的图形 {list(loaded.unmatched) or '无'}；"
        f"没有图形的区县 {list(loaded.without) or '无'}",
        f"stored: {len(loaded.matched)} regions have an outline; shapes of no region: "
        f"{list(loaded.unmatched) or 'none'}; districts without a shape: {list(loaded.without) or 'none'}",
    )


def content_of(file: Path) -> bytes:
    """The bytes of a file; one that cannot be read ends the command."""
    try:
        return file.read_bytes()
    except OSError as error:
        fail(
            UNAVAILABLE,
            f"{file} 读不到：{error.strerror}",
            f"{file} cannot be read: {error.strerror}",
            code="file",
        )


def _profile(said: str | None, kind: str) -> "MappingProfile | None":
    return None if said is None else profile_of(said, kind)


def profile_of(said: str, kind: str = "") -> "MappingProfile":
    """A profile by its file or its kept name (of a kind); a wrong one ends the command."""
    from jieyue.apps.exchange.profile import ProfileError, load
    from jieyue.apps.exchange.queries import profile as kept

    try:
        found = load(Path(said)) if Path(said).is_file() else kept(said, kind)
    except ProfileError as error:
        fail(
            REFUSED,
            f"映射方案 {said} 不可用：{error.zh}",
            f"mapping profile {said} is not usable: {error}",
            code="profile",
        )
    if found is None:
        fail(REFUSED, f"没有映射方案“{said}”", f"no mapping profile {said!r}", code="profile")
    return found


def _answers(file: Path | None) -> dict[str, int]:
    """Name → institution id from a JSON file of name → code."""
    if file is None:
        return {}
    from jieyue.apps.exchange.services.keep_answers import keep_answers
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.registry.queries import by_code

    said = _texts_of(file)
    ids = by_code(said.values())
    unknown = sorted(set(said.values()) - set(ids))
    if unknown:
        fail(REFUSED, f"{file}：没有机构 {unknown}", f"{file}: no institutions {unknown}", code="answers")
    found = {name: ids[code] for name, code in said.items()}
    keep_answers(found, actor=operator_name())
    return found


def _texts_of(file: Path) -> dict[str, str]:
    """The JSON object of texts in a file."""
    try:
        said = json.loads(content_of(file))
    except ValueError as error:
        fail(REFUSED, f"{file} 不是 JSON：{error}", f"{file} is no JSON: {error}", code="answers")
    if not isinstance(said, dict) or not all(isinstance(code, str) for code in said.values()):
        fail(
            REFUSED,
            f'{file} 应为名称→机构代码，如 {{"一中": "500103-001"}}',
            f'{file} must be an object of names and codes, as {{"No. 1 School": "500103-001"}}',
            code="answers",
        )
    return said


def _suggest(files: Sequence[Path], kind: str, encoding: str | None, form: str, sheet: str) -> None:
    from jieyue.apps.exchange.lexicon import of_catalog
    from jieyue.apps.exchange.reader import read_bytes
    from jieyue.apps.exchange.suggest import suggest
    from jieyue.apps.publication.rules import home_catalog

    file = files[0]
    content = read_bytes(content_of(file), file.name, encoding=encoding)
    proposal = suggest(content, kind, of_catalog(home_catalog()), form=form, sheet=sheet)
    if proposal is None:
        reasons = "；".join(finding.message_zh for finding in content.findings)
        fail(REFUSED, f"{file} 看不出表头。{reasons}", f"no header found in {file}", code="no_header")
    typer.echo(proposal.text(), nl=False)


def mark(target: Path | None, content: "FileContent", original: bytes, result: "ImportResult") -> None:
    """Write the file back with its findings marked."""
    if target is None or not result.findings:
        return
    from jieyue.apps.exchange.annotate import annotated

    target.write_bytes(annotated(content, original, result, language=options.language))
    say(f"已写出 {target}", f"wrote {target}")


def finish(outcomes: Sequence[tuple[Path, "ImportResult"]]) -> None:
    """Say what became of each file; exit 1 if one has errors."""
    if options.json:
        documents = [result.as_json() for _, result in outcomes]
        emit(documents[0] if len(documents) == 1 else documents)
    else:
        for file, result in outcomes:
            _show(file, result)
    if any(result.has_errors for _, result in outcomes):
        raise typer.Exit(REFUSED)


def _show(file: Path, result: "ImportResult") -> None:
    state = text("已存入", "stored") if result.applied else text("未存入", "not stored")
    say(
        f"{file.name}：读 {result.read} = 可用 {result.accepted} + 重复 {result.duplicate}"
        f" + 拒绝 {result.rejected}，{state}",
        f"{file.name}: read {result.read} = accepted {result.accepted} + duplicate {result.duplicate}"
        f" + rejected {result.rejected}, {state}",
    )
    show_findings(result.findings)


def show_findings(findings: Sequence["Finding"]) -> None:
    """The first of them as a table."""
    shown = findings[:200]
    if shown and not options.json:
        table(
            text("问题", "Findings"),
            [text(*pair) for pair in _HEADS],
            [(f.severity, f.code, f.sheet, f.row, f.column, text(f.message_zh, f.message_en)) for f in shown],
            right=[3],
        )
    if len(findings) > len(shown) and not options.json:
        say(f"另有 {len(findings) - len(shown)} 条，见 --json", "more in --json")


_HEADS = (
    ("级别", "severity"),
    ("代码", "code"),
    ("工作表", "sheet"),
    ("行", "row"),
    ("列", "column"),
    ("说明", "what and how to mend it"),
)
