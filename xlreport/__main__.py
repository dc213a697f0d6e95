"""`python -m xlreport`."""

from xlreport.cli.main import run

if __name__ == "__main__":
    run()
