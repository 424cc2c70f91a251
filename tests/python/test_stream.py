import asyncio
import gc
import os
import signal
import threading
import time

import pytest

import dlgo
from conftest import LONG, QUESTION


def test_pieces_join_to_the_answer(llm):
    stream = llm.chat(QUESTION, temperature=0, stream=True)
    pieces = list(stream)
    assert len(pieces) > 1
    assert "".join(pieces) == llm.chat(QUESTION, temperature=0)
    assert stream.stats.stop_reason == "eos"
    assert list(stream) == []


def test_logprobs_come_with_pieces(llm):
    for piece in llm.chat(QUESTION, temperature=0, stream=True, logprobs=1):
        assert isinstance(piece, dlgo.Piece) and piece.logprob <= 0


def test_leaving_early_ends_the_generation(llm):
    with llm.session() as session:
        with session.generate("One", stream=True, **LONG) as stream:
            next(stream)
        assert "Paris" in session.chat(QUESTION, temperature=0)  # not busy
        stream = session.generate("One", stream=True, **LONG)
        next(stream)
        del stream
        gc.collect()
        assert "Paris" in session.chat(QUESTION, temperature=0)


def test_one_call_at_a_time(llm):
    with llm.session() as session:
        with session.generate("One", stream=True, **LONG) as stream:
            next(stream)
            with pytest.raises(dlgo.InvalidArgumentError, match="busy"):
                session.chat(QUESTION)


def test_cancel_from_another_thread(llm):
    with llm.session() as session:
        stream = session.generate("One", stream=True, **LONG)
        next(stream)
        threading.Timer(0.05, session.cancel).start()
        with pytest.raises(dlgo.CancelledError):
            for _ in stream:
                pass
        assert stream.stats.stop_reason == "cancel"


def test_async_for(llm):
    async def ask(session):
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticker = asyncio.create_task(tick())
        text = ""
        async with session.chat(QUESTION, temperature=0, stream=True) as stream:
            async for piece in stream:
                text += piece
        ticker.cancel()
        return text, ticks

    async def main():
        with llm.session() as one, llm.session() as two:
            return await asyncio.gather(ask(one), ask(two))

    for text, ticks in asyncio.run(main()):
        assert "Paris" in text
        assert ticks > 1  # the event loop went on


def test_async_cancellation(llm):
    async def forever(session):
        async with session.generate("One", stream=True, **LONG) as stream:
            async for _ in stream:
                pass

    async def main(session):
        task = asyncio.create_task(forever(session))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with llm.session(context=16_384) as session:
        asyncio.run(main(session))
        assert "Paris" in session.chat(QUESTION, temperature=0)


@pytest.fixture
def ctrl_c():
    """SIGINT raises KeyboardInterrupt, also in a job in the background, which starts with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs POSIX signals")
@pytest.mark.parametrize("stream", [False, True])
def test_ctrl_c(llm, stream):
    def interrupt():
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    with llm.session(context=16_384) as session:
        thread = threading.Thread(target=interrupt)
        with pytest.raises(KeyboardInterrupt):
            thread.start()
            if stream:
                for _ in session.generate("One", stream=True, **LONG):
                    pass
            else:
                session.generate("One", **LONG)
            thread.join()
        thread.join()
        assert "Paris" in session.chat(QUESTION, temperature=0)
