"""Examples of rewrites, of refusals and of silence, beyond those that the rules show about themselves."""
