"""The rule language: one parsed statement, four faces (verdict, Excel formula, sentence, linear form).

Imports nothing of ours. Every side of a comparison is *linear* in the items: sums, differences, multiples by a
constant, ranges and groups. That is all official forms ask for, and it is what lets one source serve the check,
the sheet, the sentence and the search for a culprit without exceptions.
"""
