"""A collection round: forms issued and mailed to units, their answers taken in, checked, chased and rolled up."""
