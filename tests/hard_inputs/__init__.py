"""Programs that are hard for a tool which puts a `with` around code, and the outcome that each has here."""
