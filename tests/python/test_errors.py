import pytest

import dlgo


def test_every_status_has_its_class():
    assert sorted(cls.status for cls in dlgo.Error.__subclasses__()) == list(range(-9, 0))


def test_missing_file(tmp_path):
    with pytest.raises(dlgo.FileError, match="missing.gguf") as caught:
        dlgo.LLM(tmp_path / "missing.gguf")
    assert isinstance(caught.value, OSError) and caught.value.status == -2


def test_damaged_file(tmp_path):
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00" + b"\xff" * 100)
    with pytest.raises(dlgo.FormatError, match="damaged.gguf"):
        dlgo.LLM(path)


def test_progress_may_raise(model_path):
    class Enough(Exception):
        pass

    def progress(fraction):
        assert 0 <= fraction <= 1
        raise Enough

    with pytest.raises(Enough):
        dlgo.LLM(model_path, progress=progress)


def test_progress_reaches_the_end(model_path):
    seen = []
    dlgo.LLM(model_path, progress=seen.append).close()
    assert seen == sorted(seen) and seen[-1] == 1


def test_unknown_device(model_path):
    with pytest.raises(dlgo.Error, match="toaster"):
        dlgo.LLM(model_path, device="toaster")


def test_broken_template_is_an_error(llm):
    with pytest.raises(dlgo.FormatError):
        llm.format_chat("x", chat_template="{% if %}")
    with pytest.raises(dlgo.InvalidArgumentError, match="not today"):
        llm.format_chat("x", chat_template="{{ raise_exception('not today') }}")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_a_logger_raises_goes_nowhere(model_path):
    def raises(level, message):
        raise RuntimeError(message)

    dlgo.set_log(raises)
    try:
        dlgo.LLM(model_path).close()
    finally:
        dlgo.set_log(None)


def test_log(model_path):
    lines = []
    dlgo.set_log(lambda level, message: lines.append((level, message)))
    try:
        dlgo.LLM(model_path).close()
    finally:
        dlgo.set_log(None)
    assert all(0 <= level <= 3 and message for level, message in lines)
