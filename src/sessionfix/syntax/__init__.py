"""The syntax of Pythons newer than the one that runs: its tokens, and its trees."""
