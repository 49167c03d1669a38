"""The command line: one file per command.

Every command reads a ledger that another process may own. Exit status: 0 all is well, 1 something is wrong
or was not found, 2 the command was misused, 3 the ledger cannot be used.
"""

import click

from interlock.cli.agents import agents
from interlock.cli.backup import backup
from interlock.cli.call import call
from interlock.cli.completion import completion
from interlock.cli.dead_letters import dead_letters
from interlock.cli.demo import demo
from interlock.cli.doctor import doctor
from interlock.cli.group import Commands
from interlock.cli.keys import keys
from interlock.cli.log import log
from interlock.cli.mcp import mcp
from interlock.cli.messages import messages
from interlock.cli.replay import replay
from interlock.cli.restore import restore
from interlock.cli.tasks import tasks
from interlock.cli.top import top
from interlock.cli.up import up
from interlock.cli.verify import verify
from interlock.cli.version import version
from interlock.cli.worker import worker


@click.group(cls=Commands)
@click.version_option(package_name="interlock")
def main() -> None:
    """Interlock coordinates fleets of LLM agents over one durable ledger.

    `demo` shows it at work, `up` serves it. The commands that read take a ledger file, also while another process
    owns it. With --json they print for programs.
    """


for command in (
    up,
    demo,
    call,
    top,
    mcp,
    verify,
    log,
    replay,
    tasks,
    messages,
    agents,
    dead_letters,
    worker,
    keys,
    backup,
    restore,
    doctor,
    completion,
    version,
):
    main.add_command(command)
