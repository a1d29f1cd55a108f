"""What a run leaves for the next one: which files it saw, what was found in them, and on what that depends.

The cache knows neither how files are analysed (`project`, `fixer`) nor how answers are shown.
"""
