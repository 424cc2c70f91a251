import os

import pytest

import dlgo


@pytest.fixture(scope="session")
def model_path():
    path = os.environ.get("DLGO_TEST_MODEL") or dlgo.demo_model()
    if not os.path.exists(path):
        pytest.skip("the demo model is not part of this build")
    return path


@pytest.fixture(scope="session")
def shared_llm(model_path):
    with dlgo.LLM(model_path, device="cpu") as llm:
        yield llm


@pytest.fixture
def llm(shared_llm):
    shared_llm._own_session().truncate(0)
    return shared_llm


QUESTION = "What is the capital of France?"
LONG = {"max_tokens": 100_000, "ignore_eos": True}  # goes on until something stops it or the context is full
