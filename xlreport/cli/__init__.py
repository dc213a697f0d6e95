"""The command line: verbs of the clerk's day. The only place that knows typer, prints, or exits."""
