"""Programs whose session may have been handed in, or comes from one of several calls.

Each is called without a session, and with one that its caller has open and goes on to use.
"""

from __future__ import annotations

from differential.programs import parsed

CALLER = """

def main():
    log(work())
    with get_session() as outer:
        outer.add("of the caller")
        log(work(outer))
        outer.add("of the caller, later")
        outer.commit()
"""
ASYNC_CALLER = """

async def main():
    log(await work())
    async with get_session() as outer:
        outer.add("of the caller")
        log(await work(outer))
        outer.add("of the caller, later")
        await outer.commit()
"""


def called(programs: dict[str, str], caller: str) -> dict[str, str]:
    return {name: text if "def main" in text else text + caller for name, text in programs.items()}


OWNED = called(
    parsed("""
### flag, then if
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        if own:
            session.commit()
    finally:
        if own:
            session.close()

### flag set in the branch
def work(session=None):
    own = False
    if session is None:
        session = get_session()
        own = True
    try:
        session.add("a")
        may_raise(1)
        session.commit()
        return session.query("q").count()
    finally:
        if own:
            session.close()

### flag set in both branches
def work(session=None):
    if session is None:
        session = get_session()
        own = True
    else:
        own = False
    n = session.query("q").count()
    may_raise(1)
    if own:
        session.close()
    return n

### or
def work(session=None):
    session = session or get_session()
    n = session.query("q").count()
    return n

### or, closed by a flag
def work(session=None):
    own = not session
    session = session or get_session()
    try:
        session.add("a")
        may_raise(1)
        session.commit()
    finally:
        if own:
            session.close()

### or, with a flag that looks for None
def work(session=None):
    own = session is None
    session = session or get_session()
    try:
        session.add("a")
        may_raise(1)
        session.commit()
    finally:
        if own:
            session.close()

### conditional expression
def work(session=None):
    own = session is None
    session = get_session() if session is None else session
    session.add("a")
    session.commit()
    if own:
        session.close()
    log("after")

### conditional expression, the other way round
def work(session=None):
    is_ours = session is None
    session = session if session is not None else get_session()
    n = session.query("q").count()
    if is_ours:
        session.close()
    return n

### two names
def work(given=None):
    s = given or get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        if s is not given:
            s.close()

### two names and an else
def work(given=None):
    if given is None:
        s = get_session()
    else:
        s = given
    n = s.query("q").count()
    if given is None:
        s.close()
    return n

### negated flag
def work(session=None):
    external = session is not None
    if not external:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        session.commit()
    finally:
        if not external:
            session.close()

### handler rolls back its own
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        if own:
            session.commit()
    except Exception:
        if own:
            session.rollback()
        raise
    finally:
        if own:
            session.close()

### handler rolls back whatever it has
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        if own:
            session.close()

### opened in the try
def work(session=None):
    own = False
    try:
        may_raise(1)
        if session is None:
            session = get_session()
            own = True
        session.add("a")
        may_raise(2)
        session.commit()
    finally:
        if own:
            session.close()

### commits its own, flushes another
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    session.add("a")
    if own:
        session.commit()
        session.close()
    else:
        session.flush()
    log("after")

### the flag is returned
def work(session=None):
    own = False
    if session is None:
        session = get_session()
        own = True
    n = session.query("q").count()
    if own:
        session.close()
    return own, n

### early return
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    if cond(1):
        if own:
            session.close()
        return None
    n = session.query("q").count()
    if own:
        session.close()
    return n

### if and else
def main():
    if cond(1):
        s = get_session()
    else:
        s = get_session()
    s.add("a")
    may_raise(1)
    s.commit()
    s.close()
    log("after")

### elif
def main():
    if cond(1):
        s = get_session()
    elif cond(2):
        s = get_session()
    else:
        s = get_session()
    try:
        n = s.query("q").count()
        may_raise(1)
    finally:
        s.close()
    return n

### both arms
def main():
    s = get_session() if cond(1) else get_session()
    n = s.query("q").count()
    s.close()
    return n

### a helper that has its own session gets one
def load(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        return session.query("q").count()
    finally:
        if own:
            session.close()


def main():
    s = get_session()
    s.add("a")
    n = load(s)
    s.commit()
    s.close()
    return n
"""),
    CALLER,
)

OWNED_HARD = called(
    parsed("""
### opened on one path, and closed on both
def work(session=None):
    if session is None:
        session = get_session()
        session.add("a")
        session.commit()
    session.close()

### opened on one path, closed on both, and deleted
def work(session=None):
    if session:
        own = False
    else:
        session = get_session()
    session.close()
    del session

### closed whoever made it
def work(session=None):
    session = session or get_session()
    session.add("a")
    session.commit()
    session.close()

### closed where there is one
def work(session=None):
    session = session or get_session()
    try:
        session.add("a")
        session.commit()
    finally:
        if session:
            session.close()

### the flag says more
def work(session=None):
    own = session is None or cond(1)
    if session is None:
        session = get_session()
    session.add("a")
    session.commit()
    if own:
        session.close()

### the flag changes
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    session.add("a")
    if cond(1):
        session.commit()
        own = False
    if own:
        session.close()

### the flag changes in a loop
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    for number in range(2):
        session.add(number)
        if own:
            session.commit()
        own = cond(number)
    if own:
        session.close()

### used after the close
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    n = session.query("q").count()
    if own:
        session.close()
    return n, session.query("again").count()

### rebound
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    session.add("a")
    if cond(1):
        session = None
    if own and session:
        session.close()

### in a loop
def work(session=None):
    for number in range(2):
        if session is None:
            session = get_session()
        session.add(number)
        session.commit()

### in a loop, with two names
def work(given=None):
    for number in range(2):
        s = given or get_session()
        s.add(number)
        may_raise(number)
        s.commit()
        if not given:
            s.close()

### an outer handler rolls back whatever it has
def work(session=None):
    own = False
    try:
        if session is None:
            session = get_session()
            own = True
        session.add("a")
        may_raise(1)
        session.commit()
    except ValueError:
        session.rollback()
    finally:
        if own:
            session.close()

### a handler rolls back its own and goes on
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        if own:
            session.commit()
    except ValueError:
        if own:
            session.rollback()
        log("lost")
    finally:
        if own:
            session.close()

### commits only what another began
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    session.add("a")
    if not own:
        session.commit()
    if own:
        session.close()

### an object leaves
def work(session=None):
    own = session is None
    if own:
        session = get_session()
    item = session.query("q").first()
    if own:
        session.commit()
        session.close()
    return item.name

### a query leaves
def work(session=None):
    session = session or get_session()
    return session.query("q")

### a nested function
def work(session=None):
    own = session is None
    if own:
        session = get_session()

    def add(name):
        session.add(name)

    add("a")
    may_raise(1)
    session.commit()
    if own:
        session.close()

### the caller's name is rebound elsewhere
def work(session=None):
    if cond(1):
        session = None
    own = session is None
    if own:
        session = get_session()
    session.add("a")
    session.commit()
    if own:
        session.close()

### handed on
def add(name, session=None):
    own = session is None
    if own:
        session = get_session()
    session.add(name)
    if own:
        session.commit()
        session.close()


def work(session=None):
    own = session is None
    if own:
        session = get_session()
    add("a", session)
    add("b", session=session)
    may_raise(1)
    if own:
        session.commit()
        session.close()

### a helper that closes what it gets
def load(session=None):
    session = session or get_session()
    n = session.query("q").count()
    session.close()
    return n


def main():
    s = get_session()
    s.add("a")
    n = load(s)
    s.commit()
    s.close()
    return n

### branches that do more
def main():
    if cond(1):
        name = "a"
        s = get_session()
    else:
        name = "b"
        s = get_session()
    s.add(name)
    may_raise(1)
    s.commit()
    s.close()

### branches that work
def main():
    if cond(1):
        s = get_session()
        s.add("a")
    else:
        s = get_session()
    may_raise(1)
    s.commit()
    s.close()

### if and else in a loop
def main():
    for number in range(2):
        if cond(number):
            s = get_session()
        else:
            s = get_session()
        s.add(number)
        may_raise(number)
        if cond(3):
            s.close()
            continue
        s.commit()
        s.close()

### if and else before a handler
def main():
    s = None
    try:
        if cond(1):
            s = get_session()
        else:
            s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        if s is not None:
            s.rollback()
    finally:
        if s is not None:
            s.close()

### a condition that raises, before a handler
def main():
    s = get_session() if may_raise(1) else get_session()
    try:
        s.add("a")
        s.commit()
    except ValueError:
        log("caught")
    finally:
        s.close()

### a session for one branch only
def main():
    s = get_session() if cond(1) else None
    if s:
        s.add("a")
        s.commit()
        s.close()
"""),
    CALLER,
)

ASYNC_OWNED = called(
    parsed("""
### flag, then if
async def work(session=None):
    own = session is None
    if own:
        session = get_session()
    try:
        session.add("a")
        may_raise(1)
        if own:
            await session.commit()
    finally:
        if own:
            await session.close()

### or, awaited
async def work(session=None):
    own = session is None
    session = session or await get_session()
    try:
        session.add("a")
        may_raise(1)
        await session.commit()
    finally:
        if own:
            await session.close()

### if and else
async def main():
    if cond(1):
        s = await get_session()
    else:
        s = await get_session()
    s.add("a")
    may_raise(1)
    await s.commit()
    await s.close()
    await pause("after")
"""),
    ASYNC_CALLER,
)
