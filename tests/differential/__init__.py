"""Rewritten programs are run against the programs that their authors meant."""
