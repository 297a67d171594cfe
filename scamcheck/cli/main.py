"""`scamcheck`: the command group. Commands load their modules only when called, so that `--help` is quick."""

from __future__ import annotations

import importlib
import os
import sys

import click

from scamcheck import __version__
from scamcheck.errors import ScamcheckError

EXIT_PROBLEMS = 1  # problems found in what was checked
EXIT_USAGE = 2  # the call or its input was wrong

_COMMANDS = {  # name: (module, one line of help)
    "check": ("check", "判断一条或多条消息 / label messages and say why"),
    "serve": ("serve", "启动研判页面和 API / the officer's desk and the API"),
    "batch": ("batch", "批量判断文件里的消息 / score files of messages"),
    "report": ("report", "把一个文件的研判汇总成一页 HTML / summary of a file of messages as one HTML page"),
    "evaluate": ("evaluate", "在标注消息上评测 / measure on labelled messages"),
    "train": ("train", "训练模型 / train the model"),
    "corpus": ("corpus", "查看、检查语料 / inspect and lint the corpus"),
    "rules": ("rules", "检查、测试、查看规则 / lint, test and browse rules"),
}


class _Lazy(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"scamcheck.cli.{_COMMANDS[name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scamcheck")
def cli() -> None:
    """scamcheck: 看穿一条中文消息照着哪种诈骗剧本, 并说明理由。

    Labels a Chinese message with the scam script it follows and explains why.
    """


def main() -> None:
    """Entry point: every expected error is one sentence on standard error and exit code 2."""
    try:
        # Not cli.main(): it would answer a closed pipe with exit code 1, which here means “problems found”.
        with cli.make_context("scamcheck", sys.argv[1:]) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except ScamcheckError as error:
        click.echo(f"scamcheck: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error of ours. Keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
