"""One mistake a module, in the line that is marked `# wrong`."""
