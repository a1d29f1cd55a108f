"""The harness itself: right rewrites pass, each kind of wrong rewrite is told apart."""

from __future__ import annotations

import textwrap

import pytest

from differential.factories import VARIANTS
from differential.run import differences


def source(text: str) -> str:
    return textwrap.dedent(text).lstrip()


HEAD = "from db import get_session\nfrom world import *\n\n"


def rules_broken(original: str, rewritten: str, factory: str = "commits") -> set[str]:
    variant = VARIANTS[factory]
    program = variant.program(HEAD + source(original))
    found = differences(program, variant.adapted(HEAD + source(rewritten)))
    return {difference.rule for difference in found}


STRAIGHT = """
    def main():
        s = get_session()
        s.add("a")
        n = may_raise(1)
        s.commit()
        x = s.query("q").first()
        s.close()
        log(n)
        return n
"""

FINALLY = """
    def main():
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            return s.query("q").first()
        except ValueError as error:
            s.rollback()
            log(error)
            return None
        finally:
            s.close()
"""

RETURNS_AFTER_CLOSE = """
    def main():
        s = get_session()
        p = s.query("q").first()
        s.close()
        return {"name": p and p.name}
"""

CAUGHT = """
    def main():
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            s.commit()
        except ValueError:
            log("caught")
        finally:
            s.close()
"""

RIGHT = {
    "straight line": (
        STRAIGHT,
        """
        def main():
            with get_session() as s:
                s.add("a")
                n = may_raise(1)
                s.commit()
                x = s.query("q").first()
            log(n)
            return n
        """,
    ),
    "the block goes inside the try": (
        FINALLY,
        """
        def main():
            try:
                with get_session() as s:
                    s.add("a")
                    may_raise(1)
                    return s.query("q").first()
            except ValueError as error:
                log(error)
                return None
        """,
    ),
    "a value is read inside the block": (
        RETURNS_AFTER_CLOSE,
        """
        def main():
            with get_session() as s:
                p = s.query("q").first()
                return {"name": p and p.name}
        """,
    ),
    "work lost to a handled exception stays lost": (
        CAUGHT,
        """
        def main():
            try:
                with get_session() as s:
                    s.add("a")
                    may_raise(1)
                    s.commit()
            except ValueError:
                log("caught")
        """,
    ),
    "a method": (
        "def main():\n    return get_session().query('q').count()",
        "def main():\n    with get_session() as session:\n        return session.query('q').count()",
    ),
    "two sessions": (
        """
        def main():
            a = get_session()
            b = get_session()
            b.add(a.query("q").count())
            b.commit()
            a.close()
            b.close()
        """,
        """
        def main():
            with get_session() as a, get_session() as b:
                b.add(a.query("q").count())
                b.commit()
        """,
    ),
    "a loop": (
        """
        def main():
            while cond(1):
                s = get_session()
                if cond(2):
                    s.close()
                    continue
                s.add("a")
                s.commit()
                s.close()
                if cond(3):
                    break
            else:
                log("else")
        """,
        """
        def main():
            while cond(1):
                with get_session() as s:
                    if cond(2):
                        continue
                    s.add("a")
                    s.commit()
                if cond(3):
                    break
            else:
                log("else")
        """,
    ),
}

WRONG = {
    "a statement is dropped": (
        STRAIGHT,
        """
        def main():
            with get_session() as s:
                s.add("a")
                n = may_raise(1)
                s.commit()
                x = s.query("q").first()
            return n
        """,
        "same deeds",
    ),
    "statements are swapped": (
        STRAIGHT,
        """
        def main():
            with get_session() as s:
                n = may_raise(1)
                s.add("a")
                s.commit()
                x = s.query("q").first()
            log(n)
            return n
        """,
        "same deeds",
    ),
    "the commit goes": (
        STRAIGHT,
        """
        def main():
            with get_session() as s:
                s.add("a")
                n = may_raise(1)
                x = s.query("q").first()
            log(n)
            return n
        """,
        "durable work",
    ),
    "the block ends early": (
        STRAIGHT,
        """
        def main():
            with get_session() as s:
                s.add("a")
                n = may_raise(1)
                s.commit()
            x = s.query("q").first()
            log(n)
            return n
        """,
        "nothing after exit",
    ),
    "a value is read after the block": (
        RETURNS_AFTER_CLOSE,
        """
        def main():
            with get_session() as s:
                p = s.query("q").first()
            return {"name": p and p.name}
        """,
        "nothing after exit",
    ),
    "it returns something else": (
        "def main():\n    s = get_session()\n    n = s.query('q').count()\n    return n",
        "def main():\n    with get_session() as s:\n        n = s.query('q').count()\n    return None",
        "same deeds",
    ),
    "it is exited twice": (
        "def main():\n    s = get_session()\n    s.query('q')\n    s.close()",
        """
        def main():
            m = get_session()
            with m as s:
                s.query('q')
            m.__exit__(None, None, None)
        """,
        "one exit",
    ),
    "it is never exited": (
        "def main():\n    s = get_session()\n    s.query('q')\n    s.close()",
        "def main():\n    s = get_session().__enter__()\n    s.query('q')",
        "one exit",
    ),
    "it is never entered": (
        "def main():\n    s = get_session()\n    s.close()",
        "def main():\n    s = get_session()",
        "one exit",
    ),
    "rolled back work is committed at exit": (
        FINALLY,
        """
        def main():
            with get_session() as s:
                try:
                    s.add("a")
                    may_raise(1)
                    return s.query("q").first()
                except ValueError as error:
                    log(error)
                    return None
        """,
        "durable work",
    ),
    "work lost to a handled exception is committed at exit": (
        CAUGHT,
        """
        def main():
            with get_session() as s:
                try:
                    s.add("a")
                    may_raise(1)
                    s.commit()
                except ValueError:
                    log("caught")
        """,
        "durable work",
    ),
    "a handler no longer catches": (
        CAUGHT,
        """
        def main():
            with get_session() as s:
                s.add("a")
                may_raise(1)
                s.commit()
        """,
        "same deeds",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_rewrite_passes(name: str) -> None:
    original, rewritten = RIGHT[name]
    assert rules_broken(original, rewritten) == set()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rewrite_is_told_apart(name: str) -> None:
    original, rewritten, rule = WRONG[name]
    assert rule in rules_broken(original, rewritten)


def test_a_returned_object_is_right_only_if_it_stays_readable() -> None:
    original = "def main():\n    s = get_session()\n    p = s.query('q').one()\n    s.close()\n    return p"
    rewritten = "def main():\n    with get_session() as s:\n        p = s.query('q').one()\n    return p"
    assert rules_broken(original, rewritten, "commits") == set()
    assert rules_broken(original, rewritten, "expires") == {"same deeds"}


def test_a_query_that_leaves_is_told_apart() -> None:
    original = "def main():\n    s = get_session()\n    return s.query('q')"
    rewritten = "def main():\n    with get_session() as s:\n        return s.query('q')"
    assert rules_broken(original, rewritten, "closes") == {"nothing after exit"}


CLEAN_UP_WITHOUT_SESSION = """
    def main():
        try:
            try:
                s = get_session()
                s.add("a")
            except DatabaseError:
                log("caught")
            finally:
                s.close()
        except Exception:
            return "no session"
        log("done")
"""


WITHOUT_CLEAN_UP = """
    def main():
        try:
            try:
                with get_session() as s:
                    s.add("a")
            except DatabaseError:
                log("caught")
        except Exception:
            return "no session"
        log("done")
"""


def test_clean_up_that_fails_for_want_of_a_session_has_no_counterpart() -> None:
    assert rules_broken(CLEAN_UP_WITHOUT_SESSION, WITHOUT_CLEAN_UP) == set()


def test_a_session_that_can_be_opened_excuses_nothing() -> None:
    rewritten = WITHOUT_CLEAN_UP.replace("done", "done otherwise")
    assert rules_broken(CLEAN_UP_WITHOUT_SESSION, rewritten) == {"same deeds"}


def test_a_swallowed_exception_is_told_apart() -> None:
    original, rewritten = RIGHT["straight line"]
    assert "same deeds" in rules_broken(original, rewritten, "swallows")


def test_a_commit_inside_a_begin_block_is_told_apart() -> None:
    original, rewritten = RIGHT["straight line"]
    assert rules_broken(original, rewritten, "begins") == {"same deeds"}


def test_a_lock_that_is_held_for_longer_is_told_apart() -> None:
    original = """
        def main():
            a = get_session()
            a.query("q").count()
            a.close()
            b = get_session()
            b.query("q").count()
            b.close()
    """
    narrow = """
        def main():
            with get_session() as a:
                a.query("q").count()
            with get_session() as b:
                b.query("q").count()
    """
    wide = """
        def main():
            with get_session() as a:
                a.query("q").count()
                with get_session() as b:
                    b.query("q").count()
    """
    assert rules_broken(original, narrow, "locks") == set()
    assert rules_broken(original, wide, "locks") == {"same deeds"}


def test_a_session_in_a_thread_is_told_apart() -> None:
    original = """
        from threading import Thread

        def main():
            s = get_session()
            Thread(target=lambda: s.add("late")).start()
    """
    rewritten = """
        from threading import Thread

        def main():
            with get_session() as s:
                Thread(target=lambda: s.add("late")).start()
    """
    assert rules_broken(original, rewritten) == {"nothing after exit"}


ASYNC_MEANT = """
    async def main():
        s = await get_session()
        s.add("a")
        await s.commit()
        rows = [row.name async for row in await s.stream("q")]
        await s.close()
        return rows
"""


def test_an_async_program_is_judged_too() -> None:
    right = """
        async def main():
            async with get_session() as s:
                s.add("a")
                await s.commit()
                rows = [row.name async for row in await s.stream("q")]
            return rows
    """
    wrong = """
        async def main():
            async with get_session() as s:
                s.add("a")
                await s.commit()
            rows = [row.name async for row in await s.stream("q")]
            return rows
    """
    assert rules_broken(ASYNC_MEANT, right, "async commits") == set()
    assert rules_broken(ASYNC_MEANT, wrong, "async commits") == {"nothing after exit"}


@pytest.mark.parametrize("name", VARIANTS)
def test_each_factory_passes_a_program_that_does_no_more_than_read(name: str) -> None:
    spell = (lambda text: text.replace("def ", "async def ")) if name.startswith("async") else str
    with_ = "async with" if name.startswith("async") else "with"
    original = spell("def main():\n    s = get_session()\n    n = s.query('q').count()\n    return n")
    rewritten = spell(f"def main():\n    {with_} get_session() as s:\n        n = s.query('q').count()\n    return n")
    broken = rules_broken(original, rewritten, name)
    assert broken <= ({"same deeds"} if "swallows" in name else set())


def test_what_a_difference_says() -> None:
    original, rewritten, _ = WRONG["a statement is dropped"]
    program = VARIANTS["commits"].program(HEAD + source(original))
    first = str(differences(program, HEAD + source(rewritten))[0])
    assert "expected log('value 1'), found nothing more" in first
    assert "meant: returns 'value 1'" in first
    assert "rewritten: returns 'value 1'" in first


def test_sites_that_were_left_do_not_hide_a_wrong_rewrite() -> None:
    original = source("""
        def main():
            a = get_session()
            b = get_session()
            a.add(1)
            b.add(2)
            b.commit()
    """)
    right = source("""
        def main():
            a = get_session()
            with get_session() as b:
                a.add(1)
                b.add(2)
                b.commit()
    """)
    wrong = source("""
        def main():
            a = get_session()
            with get_session() as b:
                a.add(1)
                b.add(2)
            b.commit()
    """)
    program = VARIANTS["commits"].program(HEAD + original)
    assert differences(program, HEAD + right, left_sites=True) == []
    assert {found.rule for found in differences(program, HEAD + wrong, left_sites=True)} >= {"nothing after exit"}
