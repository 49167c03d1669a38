"""The command line."""

import click


@click.group()
@click.version_option(package_name="interlock")
def main() -> None:
    """Interlock coordinates fleets of LLM agents over one durable ledger."""
