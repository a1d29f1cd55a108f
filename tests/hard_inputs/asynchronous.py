"""What is hard about async sessions."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, SILENT, HardInput

INPUTS: dict[str, HardInput] = {
    "awaited, as if the factory were a coroutine": HardInput(
        "The `await` belongs to the wrong call, and has to go with it.",
        SAFE,
        """
            async def main():
                s = await get_session()
                s.add("a")
                await s.commit()
                await s.close()
            """,
    ),
    "a plain with on an async manager": HardInput(
        "Only the keyword is wrong.",
        SAFE,
        """
            async def main():
                with get_session() as s:
                    s.add("a")
                    await s.commit()
            """,
    ),
    "a coroutine is returned": HardInput(
        "The call has been made, and nothing of it has run.",
        REFUSED,
        """
            async def main():
                s = get_session()
                s.begin()
                return s.execute("q")
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a task is made": HardInput(
        "The task may run when the block has ended.",
        REFUSED,
        """
            import asyncio


            async def work(session):
                session.add("a")
                await session.commit()


            async def main():
                s = get_session()
                s.begin()
                asyncio.create_task(work(s))
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is handed to a thread, a task",
    ),
    "rows are yielded from async for": HardInput(
        "The async generator must hold the block open between its steps.",
        SAFE,
        """
            async def main():
                s = get_session()
                for row in (await s.execute("q")).all():
                    yield row.name
                await s.close()
            """,
    ),
    "a coroutine is awaited after the close": HardInput(
        "What does the work is the `await`, and not the call.",
        SAFE,
        """
            async def main():
                s = get_session()
                work = s.execute("q")
                result = await work
                await s.close()
                return result.count()
            """,
    ),
    "used in a plain function": HardInput(
        "`async with` cannot stand there.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
            """,
        words="`get_session` is async and the function around it is not",
    ),
    "entered by an async exit stack": HardInput(
        "A stack enters and ends it.",
        SILENT,
        """
            import contextlib


            async def main():
                async with contextlib.AsyncExitStack() as stack:
                    s = await stack.enter_async_context(get_session())
                    s.add("a")
                    await s.commit()
            """,
    ),
    "entered in the next statement": HardInput(
        "The manager has a name before it is entered: nothing is wrong.",
        SILENT,
        """
            async def main():
                manager = get_session()
                async with manager as s:
                    s.add("a")
                    await s.commit()
            """,
    ),
    "aclosing around the call": HardInput(
        "The async twin of `closing`.",
        SAFE,
        """
            import contextlib


            async def main():
                async with contextlib.aclosing(get_session()) as s:
                    s.add("a")
                    await s.commit()
            """,
    ),
    "the parentheses around the call are the only space": HardInput(
        "`if(await f()).x` needs no blank after `if`, as long as the parentheses stay where the `await` goes.",
        SAFE,
        """
            async def main():
                if(await get_session()).is_active:
                    log("active")
            """,
    ),
}
