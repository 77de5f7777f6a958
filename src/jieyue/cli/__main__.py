"""`python -m jieyue.cli`: the command, where its console script is not at hand."""

from jieyue.cli.main import run

run()
