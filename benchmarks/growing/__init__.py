"""How time and memory grow: what is made up, how it is run, and what is reported."""
