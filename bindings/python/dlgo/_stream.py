"""Answers: whole, or piece by piece for `for` and `async for`."""

from __future__ import annotations

import asyncio
from typing import Any, List, Optional, Tuple

from . import _dlgo
from ._types import Stats


class Piece(str):
    """A piece of an answer with its token; logprobs and top only where logprobs were asked for."""

    token: int
    logprob: float
    top: List[Tuple[int, float]]


class Answer(str):
    """The text of an answer."""

    stats: Stats
    pieces: List[Piece]  # with logprobs only


def _piece(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    text, token, logprob, top = raw
    piece = Piece(text)
    piece.token, piece.logprob, piece.top = token, logprob, top
    return piece


class Stream:
    """Pieces of an answer as they are made. Iterate with `for` or `async for`; leaving a `with` block, close() or dropping it ends
    the generation."""

    def __init__(self, raw: _dlgo.Stream) -> None:
        self._raw = raw

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> str:
        raw = self._raw.next()
        if raw is None:
            raise StopIteration
        return _piece(raw)

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> str:
        raw = self._raw.poll()
        if raw is NotImplemented:
            loop = asyncio.get_running_loop()
            ready: asyncio.Future[None] = loop.create_future()
            self._raw.notify(lambda: loop.call_soon_threadsafe(_wake, ready))
            await ready
            raw = self._raw.poll()
        else:
            await asyncio.sleep(0)  # other tasks have their turn, however fast the pieces come
        if raw is None:
            raise StopAsyncIteration
        return _piece(raw)

    def close(self) -> None:
        """Ends the generation; what was not read yet is dropped."""
        self._raw.cancel()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    @property
    def stats(self) -> Optional[Stats]:
        """Counts and times, once the generation has ended."""
        raw = self._raw.stats
        return None if raw is None else Stats.of(raw)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def whole(raw: _dlgo.Stream) -> Answer:
    pieces = [_piece(item) for item in raw.rest()]
    answer = Answer("".join(pieces))
    answer.stats = Stats.of(raw.stats or {})
    answer.pieces = [piece for piece in pieces if isinstance(piece, Piece)]
    return answer
