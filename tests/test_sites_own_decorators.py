"""Decorators of the project over a factory: those that leave it one, and those that may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import check

MARKS = """
    import functools
    from functools import wraps

    def public(thing):
        thing.is_public = True
        return thing

    def logged(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            print(function.__name__)
            return function(*args, **kwargs)
        return wrapper

    def since(version):
        def mark(function):
            function.since = version
            return function
        return mark

    def retried(times):
        def decorate(function):
            @wraps(function)
            def again(*args, **kwargs):
                for _ in range(times):
                    try:
                        return function(*args, **kwargs)
                    except OSError:
                        print("once more")
                return function(*args, **kwargs)
            return again
        return decorate

    class Registry:
        def register(self, function):
            self.all.append(function)
            return function

    registry = Registry()
"""

OTHER_MARKS = """
    from functools import lru_cache, wraps
    from elsewhere import run_in_thread

    def entered(function):
        @wraps(function)
        def wrapper(*args):
            with function(*args) as session:
                return session
        return wrapper

    def maybe(function):
        def wrapper(*args):
            if args:
                return function(*args)
        return wrapper

    def added(function):
        function = REGISTRY.add(function)
        return function

    def session_of(function):
        def wrapper(*args):
            return function(*args).session
        return wrapper

    def in_thread(function):
        @run_in_thread
        def wrapper(*args):
            return function(*args)
        return wrapper

    def soon(function):
        async def wrapper(*args):
            return function(*args)
        return wrapper

    def other(function):
        def wrapper(*args):
            function = open
            return function(*args)
        return wrapper

    def either(flag):
        if flag:
            def mark(function):
                return function
        else:
            def mark(function):
                return function()
        return mark

    @lru_cache
    def cached(function):
        return function

    def generated(function):
        yield function
"""


def decorated_factories(*decorators: str) -> str:
    """A module with a factory under each of these decorators: `scope_0`, `scope_1` and so on."""
    imports = "from contextlib import contextmanager\nfrom marks import *\nimport marks\n"
    factories = (
        f"@{decorator}\n@contextmanager\ndef scope_{number}():\n    yield 1\n"
        for number, decorator in enumerate(decorators)
    )
    return imports + "".join(factories)


def test_decorators_that_keep_what_a_call_returns(tmp_path: Path) -> None:
    decorators = (
        "public",
        "logged",
        'since("2.0")',
        "retried(3)",
        "registry.register",
        "marks.public",
        "logged\n@public",
    )
    calls = "".join(f"scope_{number}().query(1)  # <- ATTRIBUTE\n" for number in range(len(decorators)))
    check(
        tmp_path,
        {"marks.py": MARKS, "db.py": decorated_factories(*decorators), "main.py": f"from db import *\n{calls}"},
    )


@pytest.mark.parametrize(
    "decorator",
    [
        *("entered", "maybe", "added", "session_of", "in_thread", "soon", "other", "either(1)", "cached", "generated"),
        *("nowhere", "entered()", "run_in_thread"),
    ],
)
def test_decorators_that_may_change_what_a_call_returns(tmp_path: Path, decorator: str) -> None:
    main = "from db import scope_0\nscope_0().query(1)\ns = scope_0()\ns.close()\n"
    check(tmp_path, {"marks.py": OTHER_MARKS, "db.py": decorated_factories(decorator), "main.py": main})


def test_a_class_under_a_decorator_that_hands_it_back(tmp_path: Path) -> None:
    pools = """
        from contextlib import contextmanager
        from marks import public, since
        @public
        @since("1.0")
        class Pools:
            @contextmanager
            def connection(self):
                yield 1
        @unknown
        class Others:
            @contextmanager
            def connection(self):
                yield 1
        pools = Pools()
        others = Others()
    """
    main = """
        from pools import others, pools
        pools.connection().execute(1)  # <- ATTRIBUTE
        others.connection().value
    """
    check(tmp_path, {"marks.py": MARKS, "pools.py": pools, "main.py": main})
