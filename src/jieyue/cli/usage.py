"""What is wrong with the words of a command, in both languages: which word, why, and where to look it up."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from jieyue.cli.context import USAGE, say

try:
    from typer._click import exceptions
except ImportError:  # an older version raises click's own; no test, for only the pinned version is installed
    from click import exceptions  # type: ignore[no-redef]

#: Click before 8.2 has none: it prints the help and ends.
_NO_COMMAND: Final = getattr(exceptions, "NoArgsIsHelpError", ())

#: What the library says of words, in English, and the same in Chinese; anything else is a text of ours as it is.
_SAID: Final = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), zh)
    for pattern, zh in (
        (r"No such option: (.+)", "没有选项 {0}"),
        (r"Option '(.+)' requires an argument\.", "选项 {0} 后面缺一个值"),
        (r"Option '(.+)' requires (\d+) arguments\.", "选项 {0} 后面要 {1} 个值"),
        (r"Option '(.+)' does not take a value\.", "选项 {0} 后面不跟值"),
        (r"No such command '(.+?)'\. Did you mean (.+)\?", "没有命令 {0}；是不是 {1}"),
        (r"No such command '(.+)'\.", "没有命令 {0}"),
        (r"Missing command\.", "缺命令"),
        (r"Got unexpected extra argument\(s\) \((.+)\)", "多出来的词：{0}"),
        (r"Argument '(.+)' takes (\d+) values\.", "参数 {0} 要 {1} 个值"),
        (r"(?:File|Directory|Path) (.+) does not exist\.", "没有 {0}"),
        (r"(?:File|Directory|Path) (.+) is a directory\.", "{0} 是文件夹，这里要一个文件"),
        (r"(?:File|Directory|Path) (.+) is a file\.", "{0} 是文件，这里要一个文件夹"),
        (r"(?:File|Directory|Path) (.+) is not readable\.", "{0} 读不了"),
        (r"(?:File|Directory|Path) (.+) is not writable\.", "{0} 写不了"),
        (r"(.+) is not one of (.+)\.", "{0} 不在可选的值里：{1}"),
        (r"Value (.+) is not a valid (?:int|integer|int range)\.", "{0} 不是整数"),
        (r"Input should be a valid integer.*", "要整数"),
        (r"Input should be a valid (?:number|decimal).*", "要一个数"),
        (r"Input should be a valid boolean.*", "要 true 或 false"),
        (r"Input should be greater than or equal to (.+)", "不能小于 {0}"),
        (r"Input should be less than or equal to (.+)", "不能大于 {0}"),
    )
)


@contextmanager
def said_in_words(path: str = "jieyue") -> Iterator[None]:
    """Whoever calls gets a sentence in his language on stderr and exit code 2; nothing was done, so no document.

    path: the command that was called, for a fault that does not name it.
    """
    try:
        yield
    except _NO_COMMAND as error:
        say("缺命令；可用的命令如下。", "A command is missing; these are there.")
        sys.stderr.write(error.message + "\n")
        raise typer.Exit(USAGE) from error
    except exceptions.UsageError as error:
        say(*in_words(error, path))
        raise typer.Exit(USAGE) from error


def in_words(error: exceptions.UsageError, called: str = "jieyue") -> tuple[str, str]:
    """The sentence in Chinese and English.

    >>> in_words(exceptions.NoSuchOption("--perod", possibilities=["--period"]))[0]
    '没有选项 --perod；是不是 --period。用法见 jieyue --help'
    """
    path = error.ctx.command_path if error.ctx is not None else called
    zh, en = _what(error)
    end = "" if en.endswith(("?", ".")) else "."
    return f"{zh}。用法见 {path} --help", f"{en}{end} See {path} --help"


def _what(error: exceptions.UsageError) -> tuple[str, str]:
    if isinstance(error, exceptions.MissingParameter):
        return _missing(error)
    if isinstance(error, exceptions.BadParameter):
        hint = _hint(error)
        zh = f"{hint} 的值不对" if hint else "写法不对"
        return f"{zh}：{chinese(error.message)}", error.format_message()
    likely = error.possibilities if isinstance(error, exceptions.NoSuchOption) else None
    guess = f"；是不是 {'、'.join(sorted(likely))}" if likely else ""
    return chinese(error.message) + guess, error.format_message()


def _missing(error: exceptions.MissingParameter) -> tuple[str, str]:
    param = error.param
    kind = "选项" if param is not None and param.param_type_name == "option" else "参数"
    return f"缺{kind} {_hint(error)}", error.format_message()


def _hint(error: exceptions.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None:
        hint = error.param.get_error_hint()
    return (hint if isinstance(hint, str) else " / ".join(hint or ())).replace("'", "")


def chinese(message: str) -> str:
    """A sentence of the library in Chinese; what it does not say is left as it is.

    >>> chinese("Option '--period' requires an argument.")
    '选项 --period 后面缺一个值'
    """
    for pattern, zh in _SAID:
        found = pattern.fullmatch(message.strip())
        if found is not None:
            return zh.format(*(group.replace("'", "") for group in found.groups()))
    return message
