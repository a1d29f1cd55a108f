"""Random programs: one or two functions that work with a session, and a `main` that looks at what they give back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

READS = (
    "users = session.query(User).order_by(User.id).all()",
    "users = session.scalars(select(User).order_by(User.id)).all()",
    "users = session.query(User).filter(User.age > 17).order_by(User.id)",
    "users = session.scalars(select(User).options(selectinload(User.posts)).order_by(User.id)).all()",
    "users = UserRepository(session).all()",
    "users = UserRepository(session).each()",
    "users = users_by_age(session)",
    "users = [user for user in session.query(User).order_by(User.id)]",
    "users = [session.get(User, 1), session.get(User, 2)]",
    "users = session.get(Team, 1).users",
)
STEPS = (
    "log(session.query(User).count())",
    "log(count_users(session))",
    'session.add(User(name="dan"))',
    'create_user(session, "eve")',
    "session.execute(update(Post).values(views=1))",
    "session.flush()",
    "session.commit()",
    "save(session)",
    "session.rollback()",
    "session.expire_all()",
    "user = session.get(User, 1)\nuser.age = 50",
    "user = session.get(User, 2)\nlog(user.name, len(user.posts))",
    "session.delete(session.get(Post, 3))",
    'rename(session.get(User, 3), "zed")',
    'with session.begin_nested():\n    session.add(Tag(word="nested"))',
    'try:\n    with session.begin_nested():\n        create_user(session, "ann")\nexcept IntegrityError:\n    log()',
    'try:\n    session.add(User(name="ann"))\n    session.flush()\nexcept IntegrityError:\n    session.rollback()',
    'try:\n    session.add(Tag(word="lost"))\n    risky("bad")\nexcept ValueError:\n    log("failed")',
    'risky("bad")',
    "for post in session.query(Post).order_by(Post.id):\n    post.views += 1",
)
READINGS = (
    "log([user.name for user in users])",
    "log([len(user.posts) for user in users])",
    "names = sorted(user.name for user in users)\nlog(names)",
    "for user in users:\n    log(user.name, user.age)",
    "found = [user_dict(user) for user in users]\nlog(found)",
    "for user in users:\n    user.age += 1",
    "log([user.profile.city for user in users if user.profile])",
    'log("ready")',
)
RETURNS = (
    "return users",
    "return list(users)",
    "return [user.name for user in users]",
    "return [user.to_dict() for user in users]",
    "return (user.name for user in users)",
    "return {user.id: user for user in users}",
    "return [user.posts for user in users]",
    "return [post.title for user in users for post in user.posts]",
    "return [user_out(user) for user in users]",
    "return [next(iter(users), None)]",
    "yield from users",
    "for user in users:\n    yield user",
    "return None",
)
LOOKS = (
    "return found()",
    "return [getattr(user, 'name', user) for user in found() or []]",
    "return list(found() or [])",
    "return [getattr(user, 'posts', user) for user in found() or []]",
)


BODIES = (
    "session = get_session()\n{work}\n{readings}\n{returns}",
    "session = get_session()\n{work}\nsession.close()\n{readings}\n{returns}",
    "session = get_session()\ntry:\n{inner}\n    {inner_return}\nfinally:\n    session.close()",
    "session = get_session()\ntry:\n{inner}\nfinally:\n    session.close()\n{readings}\n{returns}",
    """\
session = get_session()
try:
{inner}
    session.commit()
except ValueError:
    session.rollback()
    raise
finally:
    session.close()
{returns}""",
    "with closing(get_session()) as session:\n{inner}\n{readings}\n{returns}",
)


class Grammar:
    """Makes programs; `pick(width)` gives a number below `width`."""

    def __init__(self, pick: Callable[[int], int]) -> None:
        self.pick = pick

    def one(self, options: Sequence[str]) -> str:
        return options[self.pick(len(options))]

    def some(self, options: Sequence[str], most: int) -> list[str]:
        return [self.one(options) for _ in range(self.pick(most + 1))]

    def program(self) -> str:
        before, after = self.some(STEPS, 3), self.some(STEPS, 2)
        work = "\n".join([*before, self.one(READS), *self.some(READINGS, 1), *after])
        body = self.one(BODIES)
        returns = self.one(RETURNS)
        text = body.format(
            work=work,
            inner=indented(work),
            readings="\n".join(self.some(READINGS, 2)) or "pass",
            returns=returns,
            inner_return=indented(returns).strip(),
        )
        return f"def found():\n{indented(text)}\n\ndef main():\n    {self.one(LOOKS)}\n"


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
