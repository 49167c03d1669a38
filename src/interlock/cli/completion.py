"""`interlock completion`: the tab key for a shell."""

import sys

import click
from click.shell_completion import get_completion_class

from interlock.cli.group import Unusable

VARIABLE = "_INTERLOCK_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands, verbs and options.

    \b
    bash   eval "$(interlock completion bash)"     in ~/.bashrc
    zsh    eval "$(interlock completion zsh)"      in ~/.zshrc
    fish   interlock completion fish | source      in ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Unusable(f"nothing is known of the shell {shell}")
    root = ctx.find_root().command
    sys.stdout.write(kind(root, {}, "interlock", VARIABLE).source() + "\n")
