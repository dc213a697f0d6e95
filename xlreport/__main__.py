"""`python -m xlreport`."""

from xlreport.cli.entry import run

if __name__ == "__main__":
    run()
