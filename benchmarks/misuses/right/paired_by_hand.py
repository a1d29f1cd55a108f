from types import TracebackType

from store.db import get_session
from store.models import Session


class Unit:
    def __enter__(self) -> Session:
        self.manager = get_session()
        return self.manager.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self.manager.__exit__(kind, error, trace)
