"""What looks like a mistake and is none."""
