"""Programs written by hand: the rows of the clean-up table, what is hard to get right, and what random ones found."""

from __future__ import annotations

import textwrap

HEAD = """from db import get_session
from world import DatabaseError, HTTPException, Item, cond, log, may_raise, pause


"""


def parsed(text: str) -> dict[str, str]:
    """Programs by name. `### name` opens each."""
    programs: dict[str, str] = {}
    for part in textwrap.dedent(text).lstrip().split("### ")[1:]:
        name, _, body = part.partition("\n")
        if name in programs:
            raise ValueError(f"two programs are named {name}")
        programs[name] = HEAD + body.strip("\n") + "\n"
    return programs


ROWS = parsed("""
### straight close
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    log("after")

### no close
def main():
    s = get_session()
    total = s.query("q").count()
    return {"total": total}

### try finally close
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
        return s.query("q").count()
    finally:
        s.close()

### finally close then log
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        s.close()
        log("done")

### finally log then close
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        log("done")
        s.close()

### handler rolls back
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except Exception:
        s.rollback()
        raise
    finally:
        s.close()

### handler has no use for the session
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except Exception as error:
        log(error)
        return None
    finally:
        s.close()
    return "done"

### handler turns it into another exception
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except Exception as error:
        s.rollback()
        raise HTTPException(500, "failed") from error
    finally:
        s.close()

### handler works with the session
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        s.add("failure")
        s.commit()
    finally:
        s.close()

### opened and closed inside the try
def main():
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
        s.close()
        return "ok"
    except Exception as error:
        log(error)
        raise HTTPException(500)

### none before the try
def main():
    s = None
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        if s:
            s.close()

### none before the try, is not None
def main():
    s = None
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        if s is not None:
            s.close()

### close before an early raise
def main():
    s = get_session()
    p = s.query("q").first()
    if p is None:
        s.close()
        raise HTTPException(404)
    s.delete(p)
    s.commit()
    s.close()
    return "deleted"

### close before an early return
def main():
    s = get_session()
    p = s.query("q").first()
    if p is None:
        s.close()
        return None
    name = p.name
    s.close()
    return name

### close before continue and break
def main():
    for number in range(3):
        s = get_session()
        if cond(1):
            s.close()
            continue
        if cond(2):
            s.close()
            break
        s.add("a")
        s.commit()
        s.close()
    return "end"

### emptied suite
def main():
    s = get_session()
    n = s.query("q").count()
    if cond(1):
        s.close()
    else:
        log("kept")
    return n

### close inside try except pass
def main():
    s = get_session()
    s.add("a")
    s.commit()
    try:
        s.close()
    except Exception:
        pass
    log("end")

### close inside suppress
from contextlib import suppress

def main():
    s = get_session()
    s.add("a")
    s.commit()
    with suppress(Exception):
        s.close()
    log("end")

### closing
from contextlib import closing

def main():
    with closing(get_session()) as s:
        s.add("a")
        s.commit()

### method on the call, bound
def main():
    rows = get_session().query("q").all()
    return [row.name for row in rows]

### method on the call, returned
def main():
    return get_session().query("q").count()

### argument
def work(session):
    session.add("a")
    session.commit()
    return session.query("q").count()

def main():
    return work(get_session())

### argument by name
def work(number, db_session):
    db_session.add(number)
    db_session.commit()

def main():
    work(1, db_session=get_session())
    log("after")

### two with the same reach
def main():
    a = get_session()
    b = get_session()
    for row in a.query("q").all():
        b.add(row.name)
    b.commit()
    a.close()
    b.close()
    log("after")

### annotated
from typing import Any

def main():
    s: Any = get_session()
    s.add("a")
    s.commit()
    s.close()

### explicit commit stays
def main():
    s = get_session()
    s.add("a")
    s.commit()
    may_raise(1)
    s.close()

### value read after close
def main():
    s = get_session()
    p = s.query("q").one()
    p.name = "new"
    s.commit()
    s.close()
    return {"id": p.id, "name": p.name}

### object built on the session
class Pools:
    def __init__(self, session):
        self.session = session

    def create(self, name):
        item = Item(name=name)
        self.session.add(item)
        self.session.commit()
        return item

def main():
    s = get_session()
    pools = Pools(s)
    pool = pools.create("x")
    s.close()
    return {"id": pool.id}

### lazy query is looped over after close
def main():
    s = get_session()
    rows = s.query("q").order_by("name")
    s.close()
    for row in rows:
        log(row.name)
    log("end")

### endpoint with outer handlers
def main():
    try:
        s = get_session()
        p = s.query("pool").first()
        if not p:
            s.close()
            raise HTTPException(404, "not found")
        p.name = may_raise(1)
        s.commit()
        result = {"id": p.id, "name": p.name}
        s.close()
        return result
    except HTTPException:
        raise
    except Exception as error:
        log("failed", error)
        raise HTTPException(500, "failed")

### endpoint with finally
def main():
    s = get_session()
    try:
        rows = s.query("source").all()
        good = [row for row in rows if row.state]
        return {"total": len(rows), "good": len(good), "names": [row.name for row in good]}
    except Exception as error:
        log("failed", error)
        raise HTTPException(500, "failed")
    finally:
        s.close()

### script with loops
def main():
    s = get_session()
    try:
        for name in ["a", "b"]:
            # look first
            p = s.query(name).first()
            if p:
                log("exists", name)
                continue
            item = Item(name=name)
            s.add(item)
            s.flush()
            for number in range(2):
                s.add(f"{name}{number}")
        s.commit()
        log("done")
    except Exception as error:
        s.rollback()
        log("failed", error)
        raise
    finally:
        s.close()
""")

HARD = parsed('''
### close at both ends of a branch
def main():
    s = get_session()
    if cond(1):
        s.add("a")
        s.commit()
        s.close()
    else:
        s.add("b")
        s.close()
    log("after")

### close in one branch, used after
def main():
    s = get_session()
    if cond(1):
        s.close()
    s.add("a")
    s.commit()

### closed twice
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    s.close()
    log("after")

### used after close
def main():
    s = get_session()
    s.add("lost")
    s.close()
    s.add("kept")
    s.commit()

### closed between two pieces of work, both committed
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    log("between")
    s.add("b")
    s.commit()
    s.close()

### close in the handler only
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except Exception:
        s.close()
        raise

### close in the handler and after
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.close()
        return "failed"
    s.close()
    return "ok"

### close in else
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
    except ValueError:
        s.rollback()
    else:
        s.commit()
        s.close()
    log("after")

### handler swallows before more work
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
    except ValueError:
        log("ignored")
    s.add("b")
    s.commit()
    s.close()

### handler swallows, commit inside try
def main():
    s = get_session()
    s.add("before")
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        log("ignored")
    s.close()

### handler swallows, nothing commits
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
    except ValueError:
        log("ignored")
    s.close()

### rollback in a branch
def main():
    s = get_session()
    s.add("a")
    if cond(1):
        s.rollback()
    else:
        s.commit()
    s.close()

### rollback then return in handler
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
        return "ok"
    except ValueError as error:
        log("first", error)
        s.rollback()
        return "failed"
    finally:
        s.close()

### several handlers
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        return "value"
    except LookupError as error:
        log(error)
        raise HTTPException(404) from error
    except Exception:
        log("other")
    else:
        log("else")
    finally:
        s.close()
    return "end"

### several handlers, one works with the session
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        s.add("note")
        s.commit()
    except LookupError:
        s.rollback()
    finally:
        s.close()

### else uses the session
def main():
    s = get_session()
    try:
        may_raise(1)
    except ValueError:
        log("handled")
    else:
        s.add("a")
        s.commit()
    finally:
        s.close()

### else may raise what the handler catches
def main():
    s = get_session()
    try:
        s.add("a")
    except ValueError:
        log("handled")
    else:
        may_raise(1)
    finally:
        s.close()

### return in finally
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        s.close()
        return "always"

### return in finally before close
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        try:
            return "always"
        finally:
            s.close()

### commit in finally
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
    finally:
        s.commit()
        s.close()

### break in finally
def main():
    for number in range(2):
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            s.commit()
        finally:
            s.close()
            break
    return "end"

### close in finally under a condition
def main():
    s = get_session()
    done = False
    try:
        s.add("a")
        may_raise(1)
        s.commit()
        done = True
    finally:
        if not done:
            s.rollback()
        s.close()

### rollback in finally
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
    finally:
        s.rollback()
        s.close()

### bare except
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except:
        s.rollback()
        raise
    finally:
        s.close()

### bare except that swallows
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except:
        s.rollback()
    finally:
        s.close()
    return "end"

### handler only for one kind
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except LookupError:
        s.rollback()
        return "not found"
    s.close()
    return "ok"

### handler uses a value of the session
def main():
    s = get_session()
    p = s.query("q").one()
    try:
        p.name = may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        log(p.name)
    finally:
        s.close()

### handler uses a value bound in the try
def main():
    s = get_session()
    p = None
    try:
        p = s.query("q").one()
        may_raise(1)
    except ValueError:
        log(p.name)
    finally:
        s.close()
    return "end"

### code between the call and the try
def main():
    s = get_session()
    n = may_raise(1)
    log(n)
    try:
        s.add(n)
        s.commit()
    except DatabaseError:
        s.rollback()
        raise
    finally:
        s.close()

### code after the try uses the session
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
    n = s.query("q").count()
    s.close()
    return n

### nested try
def main():
    s = get_session()
    try:
        s.add("a")
        try:
            may_raise(1)
            s.add("b")
        except ValueError:
            log("inner")
        s.commit()
    except Exception:
        s.rollback()
        raise
    finally:
        s.close()

### nested try, inner rollback
def main():
    s = get_session()
    try:
        try:
            s.add("a")
            may_raise(1)
            s.commit()
        except ValueError:
            s.rollback()
            raise HTTPException(400)
    except HTTPException:
        log("outer")
        raise
    finally:
        s.close()

### the try of the call catches too
def main():
    try:
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            s.commit()
        finally:
            s.close()
    except DatabaseError:
        return "database"
    except ValueError:
        return "value"
    return "end"

### the outer handler works with the session
def main():
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
        s.close()
    except ValueError:
        s.rollback()
        s.add("note")
        s.commit()
        s.close()

### the outer handler closes
def main():
    s = None
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
        s.close()
    except ValueError:
        if s:
            s.rollback()
            s.close()
        return "failed"
    return "ok"

### none before, handler and finally
def main():
    s = None
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
        s.commit()
        return "ok"
    except Exception as error:
        if s:
            s.rollback()
        log(error)
        return "failed"
    finally:
        if s is not None:
            s.close()

### none before, and a look at it afterwards
def main():
    s = None
    try:
        s = get_session()
        s.add("a")
        s.commit()
    finally:
        if s:
            s.close()
    return s is None

### none before, opened under a condition
def main():
    s = None
    try:
        if cond(1):
            s = get_session()
            s.add("a")
            s.commit()
        log("body")
    finally:
        if s:
            s.close()

### none before, work before the call
def main():
    s = None
    try:
        n = may_raise(1)
        s = get_session()
        s.add(n)
        s.commit()
    except ValueError:
        log("caught")
    finally:
        if s:
            s.close()

### opened in one branch only
def main(given=None):
    if given is None:
        s = get_session()
    else:
        s = given
    s.add("a")
    s.commit()

### opened in both branches
def main():
    if cond(1):
        s = get_session()
    else:
        s = get_session()
    s.add("a")
    s.commit()
    s.close()

### rebound
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    s = get_session()
    s.add("b")
    s.commit()
    s.close()

### rebound without close
def main():
    s = get_session()
    n = s.query("q").count()
    s = get_session()
    m = s.query("q").count()
    return n + m

### rebound to something else
def main():
    s = get_session()
    n = s.query("q").count()
    s.close()
    s = "text"
    return s

### rebound before its last use
def main():
    s = get_session()
    p = s.query("q").one()
    s = get_session()
    s.add(p.name)
    s.commit()
    s.close()

### del
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    del s
    log("after")

### set to None after close
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()
    s = None
    log("after", s)

### two in a row, values cross
def main():
    a = get_session()
    names = [row.name for row in a.query("q").all()]
    a.close()
    b = get_session()
    for name in names:
        b.add(name)
    b.commit()
    b.close()

### two in a row, objects cross
def main():
    a = get_session()
    p = a.query("q").one()
    a.close()
    b = get_session()
    b.add(p.name)
    b.commit()
    b.close()
    return p.id

### two that overlap
def main():
    a = get_session()
    a.add("a")
    b = get_session()
    b.add("b")
    a.commit()
    a.close()
    b.add("b2")
    b.commit()
    b.close()

### two with two tries
def main():
    a = get_session()
    b = get_session()
    try:
        a.add("a")
        may_raise(1)
        b.add("b")
        b.commit()
        a.commit()
    except ValueError:
        a.rollback()
        b.rollback()
        raise
    finally:
        b.close()
        a.close()

### nested tries of two
def main():
    a = get_session()
    try:
        b = get_session()
        try:
            b.add(a.query("q").count())
            may_raise(1)
            b.commit()
        finally:
            b.close()
    finally:
        a.close()

### one call inside another's loop
def main():
    s = get_session()
    for row in s.query("q").all():
        t = get_session()
        t.add(row.name)
        t.commit()
        t.close()
    s.close()

### call in a loop over results after close
def main():
    s = get_session()
    rows = s.query("q").all()
    s.close()
    for row in rows:
        t = get_session()
        t.add(row.name)
        t.commit()
        t.close()

### while True
def main():
    while True:
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            s.commit()
        except ValueError:
            s.rollback()
            continue
        finally:
            s.close()
        if cond(1):
            break
    return "end"

### while True without finally
def main():
    while True:
        s = get_session()
        p = s.query("q").first()
        if p is None:
            s.close()
            break
        s.delete(p)
        s.commit()
        s.close()
        if cond(1):
            return p.name

### loop with else
def main():
    s = get_session()
    for row in s.query("q"):
        if cond(1):
            log(row.name)
            s.close()
            break
    else:
        s.add("none")
        s.commit()
        s.close()
    return "end"

### while with a walrus
def main():
    s = get_session()
    while (p := s.query("q").first()) and cond(1):
        s.delete(p)
        s.commit()
    s.close()
    return "end"

### closed inside a loop
def main():
    s = get_session()
    for number in range(2):
        s.add(number)
        if cond(number):
            s.commit()
            s.close()
            return "early"
    s.close()
    return "late"

### closed each time round
def main():
    s = get_session()
    while cond(1):
        s.add("a")
        s.commit()
        s.close()
    log("after")

### value of the loop after close
def main():
    s = get_session()
    for row in s.query("q").all():
        log(row.name)
    s.close()
    return row.name

### sum over a query after close
def main():
    s = get_session()
    rows = s.query("q")
    s.close()
    return sum(1 for row in rows)

### list of a query after close
def main():
    s = get_session()
    rows = s.query("q")
    s.close()
    found = list(rows)
    log("listed")
    return len(found)

### query leaves
def main():
    s = get_session()
    return s.query("q").filter("x")

### result leaves after close
def main():
    s = get_session()
    rows = s.execute("q")
    s.close()
    return rows

### generator expression leaves
def main():
    s = get_session()
    return (row.name for row in s.query("q"))

### list of objects leaves
def main():
    s = get_session()
    rows = s.query("q").all()
    s.close()
    return rows

### object leaves in a dict
def main():
    s = get_session()
    p = s.query("q").one()
    s.close()
    return {"p": p, "n": 1}

### object leaves after an explicit commit
def main():
    s = get_session()
    p = Item(name="x")
    s.add(p)
    s.commit()
    s.refresh(p)
    s.close()
    return p

### map leaves
def main():
    s = get_session()
    rows = map(lambda row: row.name, s.query("q"))
    s.close()
    return list(rows)

### lambda leaves
def main():
    s = get_session()
    return lambda: s.query("q").count()

### nested function leaves
def main():
    s = get_session()

    def count():
        return s.query("q").count()

    return count

### nested function is called
def main():
    s = get_session()

    def count():
        return s.query("q").count()

    n = count()
    s.close()
    return n

### nested function is called after other work
def main():
    s = get_session()

    def save(name):
        s.add(name)
        s.commit()

    log("between")
    save("a")
    s.close()
    save_later = save
    log("after")
    return save_later is save

### lambda as a key
def main():
    s = get_session()
    rows = sorted(s.query("q").all(), key=lambda row: row.name)
    s.close()
    return [row.name for row in rows]

### generator
def main():
    s = get_session()
    for row in s.query("q"):
        yield row.name
    s.close()

### generator with finally
def main():
    s = get_session()
    try:
        for row in s.query("q"):
            yield row.name
        s.add("read")
        s.commit()
    finally:
        s.close()

### generator yields the session
def main():
    s = get_session()
    try:
        yield s
    finally:
        s.close()

### generator yields from
def main():
    s = get_session()
    yield from s.query("q").all()
    s.close()

### match
def main():
    s = get_session()
    match s.query("q").count():
        case 2:
            s.add("two")
            s.commit()
        case _:
            s.close()
            return "other"
    s.close()
    return "two"

### comprehension
def main():
    s = get_session()
    names = [row.name for row in s.query("q").all() if cond(1)]
    s.close()
    return names

### site in a comprehension
def main():
    return [get_session().query(number).count() for number in range(2)]

### walrus
def main():
    if (s := get_session()).query("q").count():
        s.add("a")
        s.commit()
    s.close()

### conditional expression
def main():
    p = get_session().query("q").first() if cond(1) else None
    return p is None

### and
def main():
    return cond(1) and get_session().query("q").count()

### in a condition
def main():
    if get_session().query("q").count():
        log("some")
    else:
        log("none")
    return "end"

### in a while condition
def main():
    while get_session().query("q").first():
        log("round")
    return "end"

### in an elif
def main():
    if cond(1):
        log("first")
    elif get_session().query("q").count():
        log("second")
    return "end"

### in a for header
def main():
    for row in get_session().query("q"):
        log(row.name)
    return "end"

### in a for header, with work
def main():
    for row in get_session().query("q").all():
        log(row.name)
        if cond(1):
            break
    else:
        log("else")

### in a with item
def main():
    with get_session().begin() as t:
        log("inside")

### in an assert
def main():
    assert get_session().query("q").count() == 2
    log("after")

### in a raise
def main():
    raise HTTPException(get_session().query("q").count())

### in an augmented assignment
def main():
    total = 1
    total += get_session().query("q").count()
    return total

### after another operand
def main():
    return may_raise(1), get_session().query("q").count(), may_raise(2)

### two in one statement
def main():
    log(get_session().query("a").count(), get_session().query("b").count())

### in an f-string
def main():
    return f"{get_session().query('q').count()} rows"

### in a lambda
def main():
    count = lambda: get_session().query("q").count()
    return count()

### in a default
def main():
    def inner(n=get_session().query("q").count()):
        return n

    return inner()

### in a decorator
def main():
    @(lambda function: get_session().query("q").count())
    def inner():
        pass

    return inner

### query from the call leaves
def main():
    return get_session().query("q")

### object from the call leaves
def main():
    return get_session().query("q").one()

### query from the call is bound and used
def main():
    rows = get_session().query("q")
    log("between")
    for row in rows:
        log(row.name)
    log("after")

### object from the call is bound and used
def main():
    p = get_session().query("q").one()
    log("between")
    log(p.name)
    log("after")
    return p.id

### attribute of a bound method
def main():
    add = get_session().add
    add("a")

### bound method kept
def main():
    s = get_session()
    add = s.add
    add("a")
    s.commit()
    s.close()
    return add is None

### argument with others
def work(first, session, last):
    session.add(first)
    session.commit()
    return last

def main():
    return work(may_raise(1), get_session(), may_raise(2))

### argument of a class
class Pools:
    def __init__(self, session):
        self.session = session

    def names(self):
        return [row.name for row in self.session.query("q").all()]

def main():
    pools = Pools(get_session())
    return pools.names()

### argument of a class, used at once
class Pools:
    def __init__(self, session):
        self.session = session

    def names(self):
        return [row.name for row in self.session.query("q").all()]

def main():
    return Pools(get_session()).names()

### argument of a generator
def rows(session):
    for row in session.query("q"):
        yield row.name

def main():
    return list(rows(get_session()))

### argument of a generator that leaves
def rows(session):
    for row in session.query("q"):
        yield row.name

def main():
    return rows(get_session())

### session for a generator that leaves
def rows(session):
    for row in session.query("q"):
        yield row.name

def main():
    s = get_session()
    return rows(s)

### session kept by the callee
kept = []

def keep(session):
    session.add("a")
    kept.append(session)

def main():
    s = get_session()
    keep(s)
    s.close()
    return kept[0]

### session returned
def main():
    s = get_session()
    s.add("a")
    return s

### session returned in a tuple
def main():
    s = get_session()
    return s, s.query("q").count()

### session stored on self
class Work:
    def open(self):
        s = get_session()
        s.add("a")
        self.s = s

    def done(self):
        self.s.commit()
        self.s.close()

def main():
    work = Work()
    work.open()
    work.done()

### session stored on self at once
class Work:
    def __init__(self):
        self.s = get_session()

    def done(self):
        self.s.add("a")
        self.s.commit()
        self.s.close()

def main():
    Work().done()

### session in a list
def main():
    s = get_session()
    all_sessions = [s]
    s.add("a")
    for each in all_sessions:
        each.commit()
        each.close()

### session in a global
current = None

def opened():
    global current
    current = get_session()
    current.add("a")

def main():
    opened()
    current.commit()
    current.close()

### alias
def main():
    s = get_session()
    db = s
    db.add("a")
    db.commit()
    db.close()
    log("after")

### alias of a value
def main():
    s = get_session()
    p = s.query("q").one()
    first = p
    s.close()
    log("between")
    log(first.name)
    log("after")

### value in a list
def main():
    s = get_session()
    found = []
    for row in s.query("q"):
        found.append(row)
    s.close()
    log("between")
    return [row.name for row in found]

### value in a dict by key
def main():
    s = get_session()
    found = {}
    found["p"] = s.query("q").one()
    s.close()
    log("between")
    return found["p"].name

### value unpacked
def main():
    s = get_session()
    a, b = s.query("q").all()
    s.close()
    return a.name + b.name

### value unpacked with a star
def main():
    s = get_session()
    a, *rest = s.query("q").all()
    s.close()
    return a.name, [each.name for each in rest]

### value through an attribute
class Box:
    pass

def main():
    s = get_session()
    box = Box()
    box.p = s.query("q").one()
    s.close()
    log("between")
    return box.p.name

### value through a helper
def pick(rows):
    return rows[0]

def main():
    s = get_session()
    rows = s.query("q").all()
    p = pick(rows)
    s.close()
    log("between")
    return p.name

### value through a function that closes over it
def main():
    s = get_session()
    p = s.query("q").one()

    def show():
        return p.name

    s.close()
    log("between")
    return show()

### value in a comprehension's result
def main():
    s = get_session()
    by_name = {row.name: row for row in s.query("q").all()}
    s.close()
    log("between")
    return [by_name[key].id for key in by_name]

### value of an augmented assignment
def main():
    s = get_session()
    rows = []
    rows += s.query("q").all()
    s.close()
    log("between")
    return rows[0].name

### value from a walrus
def main():
    s = get_session()
    if (p := s.query("q").first()) is None:
        s.close()
        return None
    s.close()
    return p.name

### value from a for target
def main():
    s = get_session()
    last = None
    for row in s.query("q"):
        last = row
    s.close()
    return last.name

### value from with ... as
from contextlib import nullcontext

def main():
    s = get_session()
    with nullcontext(s.query("q").one()) as p:
        log(p.name)
    s.close()
    return p.id

### value through a conditional
def main():
    s = get_session()
    p = s.query("q").one() if cond(1) else None
    s.close()
    log("between")
    return p.name if p else "none"

### value through or
def main():
    s = get_session()
    p = s.query("q").first() or Item(name="other")
    s.close()
    log("between")
    return p.name

### truth of a value after close
def main():
    s = get_session()
    p = s.query("q").first()
    s.close()
    if p:
        log("found")
    else:
        log("missing")
    return "end"

### children of a value after close
def main():
    s = get_session()
    p = s.query("q").one()
    s.close()
    return [child.name for child in p.children]

### write to a value after close
def main():
    s = get_session()
    p = s.query("q").one()
    s.commit()
    s.close()
    p.name = "changed"
    return "end"

### relation read twice
def main():
    s = get_session()
    p = s.query("q").one()
    n = len(p.children)
    s.close()
    log("wait", n)
    return n

### value named like a builtin
def main():
    s = get_session()
    list = s.query("q").all()
    s.close()
    return list[0].name

### comments everywhere
def main():
    # before the call
    s = get_session()  # the call
    # before the try
    try:  # the try
        # first in the body
        s.add("a")  # add

        # before the commit
        s.commit()
        # last in the body
    except ValueError:  # never mind
        # in the handler
        s.rollback()  # roll back
        raise
    finally:  # at last
        # before the close
        s.close()  # the close
        # after the close
    # after the try
    log("after")  # end

### comments around closes
def main():
    s = get_session()
    if cond(1):
        # not today
        s.close()  # early
        # leave
        return None
    # work
    s.add("a")
    s.commit()
    # clean up
    s.close()  # late
    # the end
    return "end"

### pragmas
def main():
    s = get_session()  # type: ignore[attr-defined]
    try:
        s.add("a")  # noqa: E501
        s.commit()
    finally:
        s.close()  # pragma: no cover
    return 1  # fmt: skip

### multi-line strings
def main():
    s = get_session()
    s.execute("""
        select *
      from a
    """)
    text = """
line
    indented
"""
    s.add(text)
    s.commit()
    s.close()
    return text

### multi-line string after a continuation
def main():
    s = get_session()
    n = s.query("""a
    b""").count() + \\
        1
    log(f"""{n}
  rows""")
    m = s.query("x").count()
    s.close()
    return n + m

### brackets over lines
def main():
    s = get_session(
    )
    rows = (
        s.query("q")
        .filter("x")  # only these
        .all()
    )
    s.close(
    )
    return [
        row.name
        for row in rows
    ]

### semicolons
def main():
    s = get_session(); s.add("a"); s.commit(); s.close(); log("after")

### semicolons in a line of several rows
def main():
    log(1); x = (1,
        2); s = get_session(); s.add((x,
        3)); s.commit(); s.close(); log(4,
        5); log(6)

### fields that are shown as they are written
def main():
    x = 1
    s = get_session()
    s.add(f"""{
        x
      = } {x:>{
      x}} {
        log(1,
   2)
      =!r:>10}
   c""")
    s.commit()
    s.close()

### semicolons here and there
def main():
    s = get_session()
    s.add("a"); s.commit()
    n = s.query("q").count(); s.close()
    return n

### one-line suites
def main():
    s = get_session()
    if cond(1): s.close(); return None
    s.add("a")
    if cond(2): s.commit()
    s.close()

### one-line try
def main():
    s = get_session()
    try: s.add("a"); s.commit()
    finally: s.close()

### one-line function
def main(): s = get_session(); s.add("a"); s.commit(); s.close()

### one-line method on the call
def main(): return get_session().query("q").count()

### one-line if
def main():
    if cond(1): get_session().add("a")
    return "end"

### tabs
def main():
	s = get_session()
	try:
		s.add("a")
		s.commit()
	finally:
		s.close()

### two blanks
def main():
  s = get_session()
  if cond(1):
    s.add("a")
    s.commit()
  s.close()

### docstring first
def main():
    """Do it.

    At length.
    """
    s = get_session()
    s.add("a")
    s.commit()
    s.close()

### the name is in use
def main():
    session = "in use"
    n = get_session().query("q").count()
    return session, n

### the name is a global
session = "in use"

def main():
    n = get_session().query("q").count()
    return session, n

### the name is a parameter
def main(session="in use"):
    n = get_session().query("q").count()
    return session, n

### the name is used in a nested function
def main():
    session = "in use"

    def inner():
        return session

    n = get_session().query("q").count()
    return inner(), n

### two calls want the name
def main():
    a = get_session().query("a").count()
    b = get_session().query("b").count()
    return a + b

### the factory's name is shadowed
def main():
    get_session = lambda: "text"
    s = get_session()
    return s.upper()

### nonlocal
def main():
    n = 0

    def inner():
        nonlocal n
        s = get_session()
        n = s.query("q").count()
        s.close()

    inner()
    return n

### class body
class Names:
    s = get_session()
    names = [row.name for row in s.query("q").all()]
    s.close()

def main():
    return Names.names

### class body keeps the session
class Names:
    s = get_session()

    def count(self):
        return self.s.query("q").count()

def main():
    return Names().count()

### method
class Work:
    name = "a"

    def save(self):
        s = get_session()
        try:
            s.add(self.name)
            s.commit()
        finally:
            s.close()

def main():
    Work().save()

### static and class methods
class Work:
    @staticmethod
    def count():
        s = get_session()
        n = s.query("q").count()
        s.close()
        return n

    @classmethod
    def twice(cls):
        s = get_session()
        n = s.query("q").count() + cls.count()
        s.close()
        return n

def main():
    return Work.twice()

### wrapper
def opened():
    return get_session()

def main():
    s = opened()
    s.add("a")
    s.commit()
    s.close()

### import in the function
def main():
    s = get_session()
    from world import log as write
    write("a")
    n = s.query("q").count()
    s.close()
    write(n)

### thread
from threading import Thread

def main():
    s = get_session()
    thread = Thread(target=s.add, args=("late",))
    thread.start()
    thread.join()
    s.close()

### with inside
from contextlib import nullcontext

def main():
    s = get_session()
    with nullcontext(s) as t:
        t.add("a")
        t.commit()
    s.close()
    log("after")

### session as its own manager
def main():
    s = get_session()
    with s.begin():
        s.add("a")
    log("after")

### attribute written
def main():
    s = get_session()
    s.row_factory = "dict"
    s.add("a")
    s.commit()
    s.close()

### subscript
def main():
    s = get_session()
    p = s["key"]
    s.close()
    return p is None

### iterated
def main():
    s = get_session()
    names = [row.name for row in s]
    s.close()
    return names

### closed through a helper
def finish(session):
    session.commit()
    session.close()

def main():
    s = get_session()
    s.add("a")
    finish(s)
    log("after")

### close is kept as a value
def main():
    s = get_session()
    s.add("a")
    s.commit()
    done = s.close
    done()
    log("after")

### close in a lambda
def main():
    s = get_session()
    s.add("a")
    s.commit()
    finish = lambda: s.close()
    finish()
    log("after")

### close with a value
def main():
    s = get_session()
    s.add("a")
    s.commit()
    result = s.close()
    return result

### return close
def main():
    s = get_session()
    s.add("a")
    s.commit()
    return s.close()

### close in an expression
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close() or log("closed")

### close in a conditional expression
def main():
    s = get_session()
    s.add("a")
    s.commit()
    s.close() if s else None
    log("after")

### close among other calls
def main():
    s = get_session()
    s.add("a")
    s.commit()
    for each in (s,):
        each.close()
    log("after")

### hasattr close
def main():
    s = get_session()
    s.add("a")
    s.commit()
    if hasattr(s, "close"):
        s.close()
    log("after")

### return in try, finally works
def main():
    s = get_session()
    try:
        return s.query("q").count()
    finally:
        s.add("read")
        s.commit()
        s.close()

### finally with several things
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        log("before")
        s.close()
        log("after")

### finally that may raise before close
def main():
    s = get_session()
    try:
        s.add("a")
        s.commit()
    finally:
        may_raise(1)
        s.close()

### finally with close guarded
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    finally:
        try:
            s.close()
        except Exception as error:
            log("close failed", error)

### finally with close guarded and more
def main():
    s = get_session()
    try:
        s.add("a")
        s.commit()
    finally:
        try:
            s.close()
            log("closed")
        except Exception:
            pass

### handlers and close then log in finally
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        log("handled")
    finally:
        s.close()
        log("closed")

### handlers and log then close in finally
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        s.commit()
    except ValueError:
        s.rollback()
        log("handled")
    finally:
        log("closing")
        s.close()

### raise without handler after work
def main():
    s = get_session()
    s.add("a")
    if cond(1):
        raise HTTPException(400)
    s.commit()
    s.close()

### rollback before raise
def main():
    s = get_session()
    s.add("a")
    if cond(1):
        s.rollback()
        s.close()
        raise HTTPException(400)
    s.commit()
    s.close()

### rollback before return
def main():
    s = get_session()
    s.add("a")
    if cond(1):
        s.rollback()
        s.close()
        return "rolled back"
    s.commit()
    s.close()
    return "done"

### handled outside the block, retried
def main():
    for attempt in range(2):
        try:
            s = get_session()
            s.add("a")
            may_raise(attempt)
            s.commit()
            s.close()
            break
        except ValueError:
            log("again")
    return "end"

### retried with one session
def main():
    s = get_session()
    for attempt in range(2):
        try:
            s.add("a")
            may_raise(attempt)
            s.commit()
            break
        except ValueError:
            s.rollback()
    s.close()

### try inside a loop, no rollback
def main():
    s = get_session()
    for number in range(2):
        try:
            s.add(number)
            may_raise(number)
            s.commit()
        except ValueError:
            log("skipped")
    s.close()

### exceptions as control flow
def main():
    s = get_session()
    try:
        p = s.query("q").one()
        if cond(1):
            raise HTTPException(400)
        p.name = "new"
        s.commit()
        return p.id
    except HTTPException:
        raise
    except Exception as error:
        s.rollback()
        raise HTTPException(500) from error
    finally:
        s.close()

### raised from inside and caught for a value
def main():
    s = get_session()
    try:
        s.add("a")
        if cond(1):
            raise HTTPException(400)
        s.commit()
        code = 200
    except HTTPException as error:
        code = 400
    s.close()
    return code

### handler falls through to a commit
def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        code = "ok"
    except ValueError:
        code = "failed"
    s.add(code)
    s.commit()
    s.close()
    return code

### try star
def main():
    s = get_session()
    try:
        s.add("a")
        s.commit()
    except (ValueError, LookupError):
        s.rollback()
    finally:
        s.close()

### pass after close
def main():
    s = get_session()
    s.query("q").count()
    s.close()
    pass

### only close
def main():
    s = get_session()
    s.close()

### only a use in the finally
def main():
    s = get_session()
    try:
        log("nothing")
    finally:
        s.close()

### raise as the last
def main():
    s = get_session()
    n = s.query("q").count()
    s.close()
    raise HTTPException(n)

### unreachable after return
def main():
    s = get_session()
    n = s.query("q").count()
    return n
    s.close()

### close after return in else
def main():
    s = get_session()
    if cond(1):
        return s.query("a").count()
    else:
        n = s.query("b").count()
        s.close()
    return n

### if with both returning
def main():
    s = get_session()
    if cond(1):
        n = s.query("a").count()
        s.close()
        return n
    n = s.query("b").count()
    s.close()
    return n

### deep
def main():
    s = get_session()
    for a in range(2):
        if cond(a):
            for b in range(1):
                try:
                    s.add(b)
                    may_raise(b)
                except ValueError:
                    s.rollback()
                    s.close()
                    return "deep"
                else:
                    s.commit()
    s.close()
    return "end"

### type alias by annotation only
def main():
    s: object
    s = get_session()
    s.add("a")
    s.commit()
    s.close()

### chained targets
def main():
    a = b = get_session()
    a.add("a")
    b.commit()
    b.close()

### tuple targets
def main():
    s, n = get_session(), 1
    s.add(n)
    s.commit()
    s.close()

### module-level constants between
LIMIT = 2

def main():
    s = get_session()
    limit = LIMIT
    rows = s.query("q").limit(limit).all()
    s.close()
    LIMITS = [limit, len(rows)]
    return LIMITS

### global statement inside
total = 0

def main():
    global total
    s = get_session()
    total = s.query("q").count()
    s.close()
    return total

### locals in use after
def main():
    s = get_session()
    n = s.query("q").count()
    s.close()
    return sorted(key for key in locals() if key != "s")

### star arguments
def work(*parts):
    parts[0].add("a")
    parts[0].commit()

def main():
    s = get_session()
    work(*[s])
    s.close()

### print the value only
def main():
    s = get_session()
    p = s.query("q").one()
    s.close()
    log(p)
    return "end"

### partial
from functools import partial

def main():
    s = get_session()
    add = partial(s.add, "a")
    log("between")
    add()
    s.commit()
    s.close()

### id of the session
def main():
    s = get_session()
    same = s
    s.add("a")
    s.commit()
    s.close()
    return same is s
''')

FOUND = parsed("""
### an attribute off the call's result is written
def main():
    p = get_session().query("q").one().owner
    p.name = "new"

### an attribute off the call's result in a lambda
def main():
    p = get_session().query("q").one().owner
    show = lambda: p.name
    log(show())

### an attribute off the call's result in a function
def main():
    p = get_session().query("q").one().owner

    def show():
        return {"id": p.id, "name": p.name}

    return show()

### a generator over a lazy query leaves
def named(rows):
    for row in rows:
        yield row.name

def main():
    s = get_session()
    return named(s.query("q"))

### a generator over a lazy query leaves after the close
def named(rows):
    for row in rows:
        yield row.name

def main():
    s = get_session()
    names = named(s.query("q"))
    s.close()
    return names

### the commit is skipped inside a nested function
def main():
    s = get_session()
    s.add("a")

    def save():
        for number in range(2):
            try:
                may_raise(number)
            except Exception:
                continue
            s.commit()

    save()

### an exception is suppressed inside a nested function
from contextlib import suppress

def main():
    s = get_session()

    def save():
        with suppress(ValueError):
            s.add("a")
            may_raise(1)
            s.commit()

    save()

### an exception is suppressed around the commit
from contextlib import suppress

def main():
    s = get_session()
    with suppress(ValueError):
        s.add("a")
        may_raise(1)
        s.commit()
    s.close()

### the name may be None at the close
def main():
    s = get_session()
    if cond(1):
        s = None
    s.close()

### the name is None at the close and in the handler
def main():
    try:
        s = get_session()
        s = None; s.close()
    except Exception as error:
        s.rollback()

### the name is None after the body
def main():
    s = get_session()
    try:
        s = None
    finally:
        s.close()

### nothing but a guarded close
def main():
    s = get_session()
    try:
        s.close()
    except Exception:
        pass

### a guarded close and a second session
def main():
    s = get_session()
    try:
        s.close()
    except Exception:
        pass
    s = get_session()
    rows = s.query("q").all()

### rebound at once
def main():
    s = get_session()
    s = get_session()
    s.close()

### rebound at once, out of reach
def main():
    return "end"
    s = get_session()
    s = get_session()
    try:
        pass
    finally:
        s.close()

### closed, then captured and committed
def main():
    s = get_session()
    add = s.add
    add("a")
    s.close()

    def save():
        s.commit()

    save()

### closed, and rolled back in a later handler
def main():
    s = get_session()
    s.close()
    try:
        t = get_session()
        t.add("a")
        t.commit()
    except ValueError:
        s.rollback()

### closed, and a second one is captured under its name
def main():
    s = get_session()
    s.close()
    s = get_session()

    def count():
        return s.query("q").count()

    return count()

### closed inside closing, then committed
from contextlib import closing

def main():
    with closing(get_session()) as s:
        s.add("a")
        s.close()
        s.commit()

### a comment after a guarded close inside closing
from contextlib import closing, suppress

def main():
    with closing(get_session()) as s:
        with suppress(Exception):
            s.close()
        # end

### a comment after a close under a condition inside closing
from contextlib import closing

def main():
    with closing(get_session()) as s:
        if s:
            s.close()
        # end

### a comment at the end of the body of try
def main():
    s = get_session()
    try:
        names = [row.name for row in s.query("q")]
        # end
    finally:
        s.close()

### a comment after a nested try
def main():
    s = get_session()  # open
    p = s.query("q").one()
    try:
        try: may_raise(9)
        except HTTPException:
            s.rollback()
        # end
    finally:
        s.close()

### a blank line in the block
def main():
    s = get_session()
    s.add("a")

    if cond(1):
        s.rollback()

    s.commit()

### a new object leaves after the commit
def main():
    s = get_session()
    p = Item(name="x")
    s.add(p)
    s.commit()
    s.close()
    return {"p": p}

### commits in a loop
def main():
    s = get_session()
    for number in range(2):
        s.add(number)
        s.commit()
    s.close()

### rolled back in a helper and used again
from contextlib import closing

def main():
    with closing(get_session()) as s:

        def first():
            try:
                return s.query("q").one()
            except DatabaseError:
                s.rollback()
            return s.query("q").count()

        n = first() is None
    return n

### the callee commits and asks again
def work(session):
    session.add("a")
    session.commit()
    return session.query("q").count()

def main():
    s = get_session()
    return work(s)

### an object is kept in a global by a nested function
kept_value = None

def main():
    s = get_session()
    p = s.query("q").one()

    def keep():
        global kept_value
        kept_value = p

    keep()

### an object is kept, and the session rolled back
kept = []

def main():
    s = get_session()
    kept.append(s.query("q").one())
    s.rollback()

### an object held by another
class Box:
    pass

def main():
    p = get_session().query("q").one()
    box = Box()
    box.held = p
    held = box.held
    log("between")
    return held.name

### the session of the last round is rolled back
def main():
    for number in range(2):
        try:
            s = get_session()
            s.execute("insert a")
        except DatabaseError:
            s.rollback()
""")

EXCEPT_STAR = parsed("""
### something raises before a session that is cleaned up
def main():
    try:
        may_raise(1)
        s = get_session()
        s.add("a")
        s.commit()
    except* ValueError:
        s.rollback()
    finally:
        s.close()

### the session is closed before what is caught
def main():
    try:
        s = get_session()
        s.add("a")
        may_raise(1)
    except* ValueError:
        log("caught")
""")

MODULES = parsed("""
### script at module level
s = get_session()
s.add("a")
s.commit()
s.close()
result = "end"

### script at module level with try
s = get_session()
try:
    for name in ["a", "b"]:
        s.add(name)
        may_raise(1)
    s.commit()
except ValueError as error:
    s.rollback()
    log(error)
finally:
    s.close()
result = "end"

### module-level session used in functions
s = get_session()

def main():
    s.add("a")
    s.commit()

### module-level value
s = get_session()
first = s.query("q").one()
s.close()

def main():
    return first.name

### under main guard
def work():
    s = get_session()
    s.add("a")
    s.commit()
    s.close()

if __name__ != "__main__":
    work()
    t = get_session()
    result = t.query("q").count()
    t.close()
""")

NARROW = parsed("""
### straight close
def main():
    s = get_session()
    n = s.query("q").count()
    s.close()
    log("wait")
    return n

### no close
def main():
    s = get_session()
    n = s.query("q").count()
    log("wait")
    return n

### close in finally
def main():
    s = get_session()
    try:
        s.add("a")
        s.commit()
    finally:
        s.close()
    log("wait")

### close then wait in finally
def main():
    s = get_session()
    try:
        s.add("a")
        s.commit()
    finally:
        s.close()
        log("wait")

### plain value is handed around
def main():
    s = get_session()
    names = [row.name for row in s.query("q").all()]
    s.close()
    log("wait")
    return {"names": names}

### in a loop
def main():
    for number in range(2):
        s = get_session()
        s.add(number)
        s.commit()
        s.close()
        log("wait")

### endless loop afterwards
def main():
    s = get_session()
    n = s.query("q").count()
    s.close()
    while True:
        log("wait")
        if cond(1):
            break
    return n

### method on the call
def main():
    n = get_session().query("q").count()
    log("wait")
    return n

### argument
def work(session):
    session.add("a")
    session.commit()
    return 1

def main():
    n = work(get_session())
    log("wait")
    return n

### first of two
def main():
    a = get_session()
    n = a.query("q").count()
    a.close()
    log("wait")
    b = get_session()
    b.add(n)
    b.commit()
    b.close()
""")

GENERATORS = ("generator", "generator with finally", "generator yields the session", "generator yields from")

ASYNC_ROWS = parsed("""
### straight close
async def main():
    s = get_session()
    s.add("a")
    await s.commit()
    await s.close()
    log("after")

### awaited
async def main():
    s = await get_session()
    s.add("a")
    await s.commit()
    await s.close()
    log("after")

### with on an async factory
async def main():
    with get_session() as s:
        s.add("a")
        await s.commit()

### try finally close
async def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        await s.commit()
        return await s.scalar("q")
    finally:
        await s.close()

### handler rolls back
async def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        await s.commit()
    except Exception:
        await s.rollback()
        raise
    finally:
        await s.close()

### handler has no use for the session
async def main():
    s = await get_session()
    try:
        s.add("a")
        may_raise(1)
        await s.commit()
    except Exception as error:
        log(error)
        raise HTTPException(500)
    finally:
        await s.close()

### method on the call
async def main():
    n = await get_session().scalar("q")
    return n

### method on the awaited call
async def main():
    n = await (await get_session()).scalar("q")
    return n

### none before the try
async def main():
    s = None
    try:
        s = await get_session()
        s.add("a")
        may_raise(1)
        await s.commit()
    finally:
        if s:
            await s.close()

### aclosing
from contextlib import aclosing

async def main():
    async with aclosing(get_session()) as s:
        s.add("a")
        await s.commit()

### close before an early raise
async def main():
    s = get_session()
    p = (await s.execute("q")).first()
    if p is None:
        await s.close()
        raise HTTPException(404)
    p.name = "new"
    await s.commit()
    await s.close()
    return {"id": p.id}
""")

ASYNC_HARD = parsed("""
### handler works with the session
async def main():
    s = get_session()
    try:
        s.add("a")
        may_raise(1)
        await s.commit()
    except ValueError:
        await s.rollback()
        s.add("note")
        await s.commit()
    finally:
        await s.close()

### rows after close
async def main():
    s = get_session()
    result = await s.execute("q")
    await s.close()
    return [row.name for row in result.all()]

### async for
async def main():
    s = get_session()
    async for row in await s.stream("q"):
        log(row.name)
        if cond(1):
            await s.close()
            return "early"
    await s.close()
    return "late"

### async comprehension
async def main():
    s = get_session()
    names = [row.name async for row in await s.stream("q")]
    await s.close()
    return names

### async generator
async def main():
    s = get_session()
    try:
        async for row in await s.stream("q"):
            yield row.name
    finally:
        await s.close()

### coroutine leaves
async def main():
    s = get_session()
    return s.scalar("q")

### coroutine is awaited after close
async def main():
    s = get_session()
    coroutine = s.scalar("q")
    await s.close()
    return await coroutine

### task
from asyncio import create_task

async def work(session):
    session.add("late")
    await session.commit()

async def main():
    s = get_session()
    create_task(work(s))

### argument
async def work(session, name):
    session.add(name)
    await session.commit()
    return name

async def main():
    return await work(await get_session(), "a")

### argument without await
async def work(session, name):
    session.add(name)
    await session.commit()
    return name

async def main():
    return await work(get_session(), "a")

### in a plain function
def main():
    s = get_session()
    s.add("a")
    log("after")

### nested plain function
async def main():
    s = get_session()

    def add(name):
        s.add(name)

    add("a")
    await s.commit()
    await s.close()

### nested async function
async def main():
    s = get_session()

    async def count():
        return await s.scalar("q")

    n = await count()
    await s.close()
    return n

### two in a row
async def main():
    a = await get_session()
    n = await a.scalar("q")
    await a.close()
    b = await get_session()
    b.add(n)
    await b.commit()
    await b.close()
    return n

### pause after close
async def main():
    s = get_session()
    p = (await s.execute("q")).one()
    await s.close()
    await pause(1)
    return p.name

### finally with more
async def main():
    s = await get_session()
    try:
        s.add("a")
        may_raise(1)
        await s.commit()
    except ValueError as error:
        await s.rollback()
        log(error)
    finally:
        await s.close()
        await pause("closed")

### with on an async factory, nested
async def main():
    with get_session() as a, get_session() as b:
        b.add(await a.scalar("q"))
        await b.commit()
    log("after")

### loop
async def main():
    while cond(1):
        s = get_session()
        try:
            s.add("a")
            may_raise(1)
            await s.commit()
        except ValueError:
            await s.rollback()
            continue
        finally:
            await s.close()
        if cond(2):
            break
    else:
        log("else")

### close without await
async def main():
    s = get_session()
    s.add("a")
    await s.commit()
    await s.close()
    await s.close()
    log("after")

### lambda
async def main():
    s = get_session()
    later = lambda: s.scalar("q")
    n = await later()
    await s.close()
    return n

### a close above a blank line begins the block of another session
async def main():
    a = get_session()
    a.add("a")
    await a.commit()
    b = get_session()

    await a.close()

    b.add("b")
    await b.commit()
    await b.close()

### a comment at the end of the last branch
async def main():
    if cond(1):
        s = await get_session()
    else:
        s = await get_session()
        # end

        # of it
    s.add("a")
    await s.commit()
    await s.close()

### a flag that is bound under a test of itself
async def main():
    given = None
    flag = cond(1)
    if flag:
        flag = cond(2)
    if flag:
        log("still")
    own = given is None
    s = given or get_session()
    s.add("a")
    await s.commit()
    if own:
        await s.close()
""")
