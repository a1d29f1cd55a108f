"""What names mean, over a whole project (ast; no LibCST)."""

from sessionfix.project.project import Project

__all__ = ["Project"]
