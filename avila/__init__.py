"""The command line. Each subcommand imports what it needs when it runs, so that `avila --help` is instant."""
