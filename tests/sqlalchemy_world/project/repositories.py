"""Repositories and a service that get their session from outside."""

from __future__ import annotations

from models import Post, User
from sqlalchemy import select


class UserRepository:
    def __init__(self, session):
        self.session = session

    def get(self, user_id):
        return self.session.get(User, user_id)

    def by_name(self, name):
        return self.session.scalars(select(User).where(User.name == name)).first()

    def all(self):
        return list(self.session.scalars(select(User).order_by(User.id)))

    def adults(self):
        return self.session.query(User).filter(User.is_adult).order_by(User.id)

    def each(self):
        yield from self.session.scalars(select(User).order_by(User.id))

    def add(self, name):
        user = User(name=name)
        self.session.add(user)
        return user

    def remove(self, user):
        self.session.delete(user)


class PostService:
    def __init__(self, users, session):
        self.users = users
        self._session = session

    def publish(self, name, title):
        user = self.users.by_name(name)
        post = Post(title=title, author=user)
        self._session.add(post)
        self._session.flush()
        return post

    def titles(self, name):
        return [post.title for post in self.users.by_name(name).posts]


class AsyncUserRepository:
    def __init__(self, session):
        self.session = session

    async def get(self, user_id):
        return await self.session.get(User, user_id)

    async def all(self):
        result = await self.session.execute(select(User).order_by(User.id))
        return result.scalars().all()

    async def add(self, name):
        user = User(name=name)
        self.session.add(user)
        await self.session.flush()
        return user
