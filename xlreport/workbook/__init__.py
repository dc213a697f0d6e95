"""Everything that knows .xlsx: making, reading, annotating and filling workbooks."""
