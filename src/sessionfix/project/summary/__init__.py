"""One module's facts, read from its syntax tree.

`statements` goes from statement to statement, and `expressions` through those expressions that bind a name or make a
scope; `assignments`, `imports` and `exports` say what is given to which name, and `scopes` keeps that. `summary` joins
the facts with the tree. A clean check spends much of its time here, so that the walk is plain on purpose.
"""
