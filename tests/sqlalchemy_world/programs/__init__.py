"""Programs written by hand, each as services and endpoints are written, all without `with`."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
from contextlib import closing, suppress
from dataclasses import asdict, dataclass

from db import get_session
from helpers import (
    async_count_users, async_create_user, async_users, count_users, create_user, iter_users, log, rename, risky, save,
    shown, user_dict, user_out, user_query, users_by_age, write_post,
)
from models import Post, Profile, Tag, Team, User
from repositories import AsyncUserRepository, PostService, UserRepository
from sqlalchemy import delete, event, exists, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import joinedload, load_only, selectinload, subqueryload, undefer


"""


def parsed(file: str) -> dict[str, str]:
    """The programs of a file by name. `### name` opens each."""
    found: dict[str, str] = {}
    path = Path(__file__).parent / file
    for part in path.read_text(encoding="utf-8").split("### ")[1:]:
        name, _, body = part.partition("\n")
        if name in found:
            raise ValueError(f"two programs are named {name}")
        found[name] = HEAD + body.strip("\n") + "\n"
    return found


FILES = ("reading", "objects", "writing", "handing")
SYNC = {f"{file}: {name}": text for file in FILES for name, text in parsed(f"{file}.txt").items()}
ASYNC = parsed("asynchronous.txt")
