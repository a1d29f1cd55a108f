"""Which attributes of a project's models ask the database only when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import open_project
from sessionfix.project.lazy import LazyAttributes


def lazy_in(tmp_path: Path, source: str) -> LazyAttributes:
    return open_project(tmp_path, {"models.py": source}).lazy


RELATIONSHIPS = {
    "an assignment": ("class A:\n    bs = relationship('B')", {"bs"}),
    "an annotated one": ("class A:\n    bs: Mapped[list[B]] = relationship()", {"bs"}),
    "of the orm module": ("class A:\n    bs = orm.relationship('B')", {"bs"}),
    "of SQLModel": ("class A(SQLModel):\n    bs: list['B'] = Relationship(back_populates='a')", {"bs"}),
    "a backref": ("class A:\n    bs = relationship('B', backref='a')", {"bs", "a"}),
    "a backref with options": (
        "class A:\n    bs = relationship('B', backref=backref('a', uselist=False))",
        {"bs", "a"},
    ),
    "a mixin's": ("class A:\n    @declared_attr\n    def owner(cls):\n        return relationship('B')", {"owner"}),
    "a mapper's": ("mapper(A, table, properties={'bs': relationship(B)})", {"bs"}),
    "added to a class": ("A.bs = relationship(B)", {"bs"}),
    "a proxy": ("class A:\n    words = association_proxy('tags', 'word')", {"words"}),
    "none": ("class A:\n    name = Column(String)\n# a relationship (of a kind) in words\n", set()),
}


@pytest.mark.parametrize(("source", "names"), RELATIONSHIPS.values(), ids=RELATIONSHIPS.keys())
def test_relationships(tmp_path: Path, source: str, names: set[str]) -> None:
    found = lazy_in(tmp_path, source)
    assert found.relationships == names
    assert found.queries == set()


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    bs = relationship('B', lazy='dynamic')",
        "class A:\n    bs: DynamicMapped['B'] = relationship()",
        "class A:\n    bs: 'WriteOnlyMapped[B]' = relationship()",
        "class A:\n    bs = dynamic_loader(B)",
    ],
)
def test_relationships_that_are_queries(tmp_path: Path, source: str) -> None:
    assert lazy_in(tmp_path, source).queries == {"bs"}


@pytest.mark.parametrize(
    ("line", "exist"),
    [
        ("bio = deferred(Column(Text))", True),
        ("bio = mapped_column(Text, deferred=True)", True),
        ("changed = Column(DateTime, onupdate=func.now())", True),
        ("changed = Column(DateTime, onupdate=sa.func.now())", True),
        ("area = Column(Integer, Computed('a * b'))", True),
        ("users = query.options(load_only(User.name))", True),
        ("session.expire(user)", True),
        ("changed = Column(DateTime, onupdate=utc_now)", False),
        ("bio = mapped_column(Text, deferred=False)", False),
        ("cache.expire(key)", False),
    ],
)
def test_columns_that_are_left_unloaded(tmp_path: Path, line: str, exist: bool) -> None:
    assert lazy_in(tmp_path, line).exist is exist


def test_models_that_do_not_parse_are_taken_to_have_some(tmp_path: Path) -> None:
    assert lazy_in(tmp_path, "bs = relationship(\n").exist
