"""The form: its tables, items, rules and layout, all from a definition in templates/. Pure: opens no workbook."""
