"""What the programs call in another module of theirs."""

from __future__ import annotations

from dataclasses import dataclass

from models import Post, User
from sqlalchemy import func, select

LOG: list[str] = []


@dataclass
class UserOut:
    """A user as an endpoint answers it."""

    id: int
    name: str
    city: str | None = None


def log(*words):
    LOG.append(" ".join(map(str, words)))


def risky(value):
    log("risky", value)
    if value == "bad":
        raise ValueError(value)
    return value


def user_out(user):
    return UserOut(id=user.id, name=user.name, city=user.profile.city if user.profile else None)


def user_dict(user):
    return {"name": user.name, "posts": len(user.posts)}


def shown(post):
    return f"{post.title} by {post.author.name}"


def count_users(session):
    return session.scalar(select(func.count()).select_from(User))


def users_by_age(session):
    return session.scalars(select(User).order_by(User.age)).all()


def iter_users(session):
    yield from session.scalars(select(User).order_by(User.id))


def user_query(session):
    return session.query(User).order_by(User.id)


def create_user(session, name, age=30):
    user = User(name=name, age=age)
    session.add(user)
    session.flush()
    return user


def rename(user, name):
    user.name = name


def write_post(session, user, title):
    post = Post(title=title, author=user)
    session.add(post)
    return post


def save(session):
    session.commit()


async def async_count_users(session):
    return await session.scalar(select(func.count()).select_from(User))


async def async_users(session):
    return (await session.scalars(select(User).order_by(User.id))).all()


async def async_create_user(session, name):
    user = User(name=name)
    session.add(user)
    await session.flush()
    return user
