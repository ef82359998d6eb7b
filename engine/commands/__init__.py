"""The subcommands, one to a module, each a function that typer reads its arguments off."""
