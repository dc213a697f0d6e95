"""Make, fill, check and annotate official statistical forms as Excel workbooks."""

__version__ = "0.1.0"
