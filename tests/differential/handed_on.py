"""Programs in which functions hand on the session or what came from it: by globals, attributes, sinks, decorators."""

from __future__ import annotations

from differential.programs import parsed

HANDED_ON = parsed("""
### kept in a global by a function
kept_value = None

def remember(session):
    global kept_value
    kept_value = session.query("q").one()

def main():
    s = get_session()
    remember(s)
    s.close()
    log(kept_value and kept_value.name)

### kept in a global at module level
kept_value = None

def remember(session):
    global kept_value
    kept_value = session.query("q").one()

s = get_session()
remember(s)
log(kept_value.name)

### kept in a global, and then an error
kept_value = None

def remember(session):
    global kept_value
    kept_value = session.query("q").one()

def main():
    try:
        s = get_session()
        remember(s)
        log(s.query("q").count())
    except Exception:
        log("failed")

### kept in a global list, and then an error
kept = []

def main():
    s = get_session()
    try:
        kept.append(s.query("q").one())
        may_raise(1)
    except ValueError:
        log("failed")
    finally:
        s.close()

### kept on an attribute by an object that is called
class Finder:
    seen = None

    def __call__(self, session):
        self.seen = session.query("q").one()

finder = Finder()

def main():
    s = get_session()
    finder(s)
    s.close()
    log(finder.seen.name)

### kept on an attribute by a method
class Finder:
    seen = None

    def find(self, session):
        self.seen = session.query("q").one()

def main():
    finder = Finder()
    s = get_session()
    finder.find(s)
    s.close()
    log(finder.seen.name)

### kept in a list that is passed
def collect(session, out):
    out.append(session.query("q").one())

def main():
    out = []
    s = get_session()
    collect(s, out)
    s.close()
    log(out[0].name)

### kept by the default of a parameter
kept = []

def put(thing, sink=kept.append):
    sink(thing)

def main():
    s = get_session()
    put(s.query("q").one())
    s.close()
    log(kept[-1].name)

### kept by a method that is passed
def put(thing, sink):
    sink(thing)

def main():
    found = []
    s = get_session()
    put(s.query("q").one(), found.append)
    s.close()
    log(found[-1].name)

### kept in a global list
kept = []

def main():
    s = get_session()
    kept.append(s.query("q").one())
    s.close()
    log(kept[-1].name)

### a relationship kept in a global list
kept = []

def main():
    s = get_session()
    kept.append(s.query("q").one().owner)
    s.close()
    log(kept[-1].name)

### a relationship kept by the default of a parameter
kept = []

def put(thing, sink=kept.append):
    sink(thing)

def main():
    s = get_session()
    put(s.query("q").one().owner)
    s.close()
    log(kept[-1].name)

### kept in a global dict
kept = {}

def main():
    s = get_session()
    kept["one"] = s.query("q").one()
    s.close()
    log(kept["one"].name)

### a generator behind an unknown decorator
def traced(function):
    def call(*arguments):
        log("call")
        return function(*arguments)
    return call

@traced
def named(things):
    for thing in things:
        yield thing.name

def main():
    s = get_session()
    names = named(s.query("q").all())
    s.close()
    return list(names)

### a query behind an unknown decorator
def traced(function):
    def call(*arguments):
        log("call")
        return function(*arguments)
    return call

@traced
def active(session):
    return session.query("q")

def main():
    s = get_session()
    rows = active(s)
    s.close()
    return rows

### closed behind an unknown decorator
def traced(function):
    def call(*arguments):
        log("call")
        return function(*arguments)
    return call

@traced
def finish(session):
    session.close()

def main():
    s = get_session()
    s.add("a")
    s.commit()
    finish(s)

### passed by star and by keyword
def first_of(*things, **options):
    for thing in (*things, *options.values()):
        return thing.query("q").one()

def main():
    s = get_session()
    one = first_of(*[s])
    other = first_of(**{"session": s})
    s.close()
    log(one.name, other.name)

### closed by a nested function
def main():
    s = get_session()
    one = s.query("q").one()
    def finish():
        s.close()
    finish()
    log(one.owner)

### deleted, and closed by another name
def main():
    s = get_session()
    other = s
    other.add("a")
    del s
    other.commit()
    other.close()
    log("after")
""")
