"""Imports lead to files: source roots, relative imports, namespaces, scripts, trees without packages."""

from __future__ import annotations

from pathlib import Path

from project_samples import DB, check

USE = "get_session().query(1)  # <- ATTRIBUTE\n"
SILENT = "get_session().query(1)\n"


def test_src_layout(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "src/app/__init__.py": "",
            "src/app/db.py": DB,
            "src/app/api.py": f"from app.db import get_session\n{USE}",
            "tests/test_api.py": f"from app.db import get_session\n{USE}",
            "scripts/run.py": f"from app.db import get_session\n{USE}",
        },
    )


def test_source_roots_of_the_settings(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"lib/python/db.py": DB, "bin/run.py": f"from db import get_session\n{USE}"},
        src=["lib/python"],
    )


def test_a_lone_module_in_a_folder_that_is_no_root_is_not_meant(tmp_path: Path) -> None:
    check(tmp_path, {"lib/python/db.py": DB, "bin/run.py": f"from db import get_session\n{SILENT}"})


def test_package_in_a_folder_of_the_project(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "backend/app/__init__.py": "",
            "backend/app/db.py": DB,
            "backend/app/api.py": f"from app.db import get_session\n{USE}",
            "tests/test_api.py": f"from app.db import get_session\n{USE}",
        },
    )


def test_two_packages_of_one_name_are_ambiguous_from_elsewhere(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "one/app/__init__.py": "",
            "one/app/db.py": DB,
            "one/app/api.py": f"from app.db import get_session\n{USE}",
            "two/app/__init__.py": "",
            "two/app/db.py": "def get_session(): ...\n",
            "two/app/api.py": f"from app.db import get_session\n{SILENT}",
            "tests/test_api.py": f"from app.db import get_session\n{SILENT}",
        },
    )


def test_package_that_is_named_after_what_it_wraps(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "host/__init__.py": "",
            "host/plugins/__init__.py": "",
            "host/plugins/store/__init__.py": "from .db import get_session\n",
            "host/plugins/store/db.py": DB,
            "host/plugins/store/use.py": f"from store import get_session\nimport store\nstore.{SILENT}{SILENT}",
            "host/plugins/other.py": f"from host.plugins.store import get_session\n{USE}",
        },
    )


def test_no_packages_at_all(tmp_path: Path) -> None:
    check(tmp_path, {"db.py": DB, "run.py": f"import db\nfrom db import get_session\n{USE}db.{USE}"})


def test_scripts_in_a_subfolder(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "tools/helpers.py": DB,
            "tools/run.py": f"from helpers import get_session\n{USE}",
            "database/db.py": DB,
            "tools/other.py": f"from database.db import get_session\n{USE}",
        },
    )


def test_script_in_a_package(tmp_path: Path) -> None:
    guard = "if __name__ == '__main__':\n    pass\n"
    check(
        tmp_path,
        {
            "api/__init__.py": "",
            "api/db.py": DB,
            "api/main.py": f"from db import get_session\n{USE}{guard}",
            "api/redis.py": DB,
            "api/cache.py": f"from redis import get_session\n{SILENT}",
        },
    )


def test_namespace_packages(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "database/db_manager.py": DB,
            "database/deep/er.py": f"from ..db_manager import get_session\n{USE}",
            "api/pools.py": f"from database.db_manager import get_session\n{USE}",
            "api/more.py": f"import database.db_manager as d\nfrom database import db_manager\nd.{USE}db_manager.{USE}",
            "backend/routers/x.py": f"from database.db_manager import get_session\n{USE}",
        },
    )


def test_relative_imports(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/db.py": DB,
            "app/core/__init__.py": "from ..db import get_session\n",
            "app/core/a.py": f"from . import get_session\n{USE}",
            "app/core/b.py": f"from .. import db\ndb.{USE}",
            "app/core/c.py": f"from ..db import get_session as get_session\n{USE}",
            "app/core/d.py": f"from ...db import get_session\n{SILENT}",
            "app/core/e.py": f"from .db import get_session\n{SILENT}",
        },
    )


def test_standard_library_wins_over_a_module_of_its_name(tmp_path: Path) -> None:
    check(tmp_path, {"calendar.py": DB, "run.py": f"from calendar import get_session\n{SILENT}"})


def test_package_named_like_one_of_the_standard_library(tmp_path: Path) -> None:
    check(tmp_path, {"code/__init__.py": "", "code/db.py": DB, "run.py": f"from code.db import get_session\n{USE}"})


def test_own_name_of_a_package_wins_over_its_submodule(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "app/__init__.py": "from .session import session\n",
            "app/session.py": DB.replace("def get_session():", "def session():"),
            "run.py": "from app import session\nsession().query(1)  # <- ATTRIBUTE\n",
        },
    )


def test_circular_imports(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "a.py": f"from b import get_session\n{SILENT}",
            "b.py": f"from a import get_session\n{SILENT}",
        },
    )


def test_module_that_is_imported_by_no_known_name(tmp_path: Path) -> None:
    check(tmp_path, {"db.py": DB, "run.py": f"get_session = __import__('db').get_session\n{SILENT}"})
