import threading

import pytest

import dlgo
from conftest import LONG, QUESTION


def test_chat(llm):
    answer = llm.chat(QUESTION, temperature=0)
    assert isinstance(answer, str) and "Paris" in answer
    assert answer.stats.stop_reason == "eos"
    assert answer.stats.generated_tokens > 0


def test_conversation_reuses_its_prefix(llm):
    messages = [{"role": "user", "content": QUESTION}]
    first = llm.chat(messages, temperature=0)
    messages += [{"role": "assistant", "content": first}, {"role": "user", "content": "What is the capital of Italy?"}]
    second = llm.chat(messages, temperature=0)
    assert "Rome" in second
    assert second.stats.cached_tokens > 0


def test_options_reach_the_library(llm):
    assert llm.chat(QUESTION, temperature=0, max_tokens=2).stats.stop_reason == "length"
    stopped = llm.chat(QUESTION, temperature=0, stop="Paris")
    assert "Paris" not in stopped and stopped.stats.stop_reason == "stop"
    assert llm.generate("One", seed=7, max_tokens=8) == llm.generate("One", seed=7, max_tokens=8)
    with pytest.raises(TypeError, match="no_such_option"):
        llm.chat(QUESTION, no_such_option=1)
    with pytest.raises(ValueError):
        llm.session(kv="f64")


def test_logit_bias_forbids_a_token(llm):
    first = llm.chat(QUESTION, temperature=0, max_tokens=1, logprobs=2).pieces[0]
    other = llm.chat(QUESTION, temperature=0, max_tokens=1, logprobs=2, logit_bias={first.token: float("-inf")}).pieces[0]
    assert other.token != first.token


def test_json_schema(llm):
    assert llm.chat(QUESTION, temperature=0, json_schema='{"enum": ["a", "b"]}').strip() in ('"a"', '"b"')


def test_logprobs(llm):
    answer = llm.chat(QUESTION, temperature=0, logprobs=3)
    assert "".join(answer.pieces) == answer
    for piece in answer.pieces:
        if piece.token >= 0:
            assert piece.logprob <= 0 and len(piece.top) == 3
            assert [p for _, p in piece.top] == sorted((p for _, p in piece.top), reverse=True)


def test_tokens(llm):
    text = "Paris is 5 × nicer"
    tokens = llm.tokenize(text)
    assert llm.detokenize(tokens).strip() == text
    assert llm.tokenize("") == []
    assert llm.tokenize(b"\xff\xfe") != []


def test_info(llm):
    info = llm.info
    assert info.layers > 0 and info.vocab_size > 0 and info.device == "cpu" and info.has_weights
    assert llm.metadata["general.architecture"] == info.architecture
    assert sum(tensor.bytes for tensor in llm.tensors) <= info.weight_bytes * 1.01
    assert dlgo.estimate(llm.path, device="cpu").layers == info.layers
    assert dlgo.devices()[0].name == "cpu"


def test_vocab_only(model_path):
    with dlgo.LLM(model_path, vocab_only=True) as llm:
        assert llm.tokenize("hello")
        assert not llm.info.has_weights and llm.info.layers > 0 and llm.info.embedding_length > 0
        with pytest.raises(dlgo.Error):
            llm.session()


def test_format_chat(llm):
    text = llm.format_chat(QUESTION)
    assert QUESTION in text
    assert llm.format_chat(QUESTION, chat_template="{{ messages[0].content }}") == QUESTION
    assert llm.format_chat(QUESTION, chat_template="{{ x }}", template_args={"x": 5}) == "5"


def test_eval_gives_logits_without_copies(llm):
    numpy = pytest.importorskip("numpy")
    tokens = llm.tokenize(QUESTION)
    n, n_vocab = len(tokens), llm.info.vocab_size
    with llm.session(kv="f32") as session:
        rows = session.eval(tokens, all=True)
        assert rows.shape == (n, n_vocab) and rows.dtype == numpy.float32
        assert session.position == n
        session.truncate(0)
        out = numpy.empty(n_vocab, numpy.float32)
        assert session.eval(numpy.array(tokens, numpy.int32), out=out) is out
        numpy.testing.assert_allclose(out, rows[-1], rtol=1e-3, atol=1e-3)
        with pytest.raises(ValueError):
            session.eval(tokens, out=numpy.empty(n_vocab + 1, numpy.float32))
        with pytest.raises(TypeError):
            session.eval(tokens, out=numpy.empty(n_vocab, numpy.float64))


def test_save_and_restore(llm, tmp_path):
    tokens = llm.tokenize(QUESTION)
    with llm.session() as session, llm.session() as other:
        session.append(tokens[:-1])
        session.save(tmp_path / "state")
        other.restore(tmp_path / "state")
        assert other.position == session.position
        assert (session.eval(tokens[-1:]) == other.eval(tokens[-1:])).all()


def test_threads_have_sessions_of_their_own(llm):
    answers = [None] * 8

    def work(i):
        with llm.session() as session:
            answers[i] = session.chat(QUESTION, temperature=0)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1 and "Paris" in answers[0]


def test_sessions_outlive_their_model(model_path):
    llm = dlgo.LLM(model_path, device="cpu")
    session = llm.session()
    llm.close()
    assert "Paris" in session.chat(QUESTION, temperature=0)
    session.close()
    with pytest.raises(dlgo.InvalidArgumentError, match="closed"):
        session.chat(QUESTION)
    with pytest.raises(dlgo.InvalidArgumentError, match="closed"):
        llm.tokenize("x")


def test_context_full(llm):
    with llm.session(context=32) as session:
        with pytest.raises(dlgo.ContextFullError):
            session.generate("word " * 200)
        assert session.position == 0
        assert session.generate("One", **LONG).stats.stop_reason == "context"
