"""The group of commands, and what becomes of errors."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from sim.cli.about import explain, list_, schema
from sim.cli.compare import compare
from sim.cli.files import check, new
from sim.cli.run import run
from sim.cli.sweep import sweep
from sim.cli.verify import verify

DONE, FAULT, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


class Commands(click.Group):
    """A group of commands with the exit codes of gridgov."""

    def main(self, args: Sequence[str] | None = None, *positional: Any, **settings: Any) -> Any:
        """Run the command that ``args`` name and exit with its code."""
        code = self._code(args, settings.get("prog_name"))
        if settings.get("standalone_mode", True):
            sys.exit(code)
        return code

    def _code(self, args: Sequence[str] | None, prog_name: str | None) -> int:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a terminal that knows no Chinese gets question marks
        try:
            done = super().main(args, prog_name or "gridgov", standalone_mode=False)
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            return error.exit_code if isinstance(error, click.UsageError) else WRONG_INPUT
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            return INTERRUPTED
        except BrokenPipeError:
            sys.stderr.close()  # whoever read the output has had enough
            return DONE
        except Exception:
            traceback.print_exc()
            click.echo("This is a fault of gridgov, not of your scenario. Please report the lines above.", err=True)
            return FAULT
        return done if isinstance(done, int) else DONE


def _version() -> str:
    try:
        return version("gridgov")
    except PackageNotFoundError:
        return "of a source checkout"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="gridgov")
def main() -> None:
    """Simulate how a district's grids handle what comes up in them."""


for command in (new, check, run, compare, sweep, verify, explain, schema, list_):
    main.add_command(command)
