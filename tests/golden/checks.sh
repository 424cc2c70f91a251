# Reference data of other implementations, where it is at hand (DLGO_SHARED, default ../shared); sourced by tests/run.sh.
goldens=${DLGO_SHARED:-$PWD/../shared}/goldens
golden=$build/tools/dlgo-golden
python=$venv/bin/python

# each NAME COMMAND FILE...: COMMAND for every file; prints those that fail
each() {
    local name=$1 bad=0; shift
    local command=$1; shift
    for file in "$@"; do
        $command "$file" >"$logs/golden.out" 2>&1 || { bad=$((bad + 1)); echo "$file"; tail -5 "$logs/golden.out"; }
    done
    echo "$bad of $# failed"
    [ $bad -eq 0 ]
}

if [ ! -d "$goldens" ]; then
    skip "no reference data in ${goldens%/goldens}"
elif [ ! -x "$golden" ] || [ ! -x "$python" ]; then
    skip "reference data: needs dlgo-golden and the virtual environment"
else
    models=$PWD/build/golden-models
    make_models() { [ -f "$models/complete" ] || { "$python" "$goldens/make_models.py" "$models" && touch "$models/complete"; }; }
    logits() { # logits OPTIONS
        "$python" "$goldens/check_llm.py" "$golden logits {model} {golden} {out} $1" --cases "$models"
    }
    if check "models" make_models; then
        check "logits, prompt at once" logits "--kv f32 --threads 2"
        check "logits, batches of 7" logits "--kv f32 --threads 1 --batch 7"
        check "logits, token by token" logits "--kv f32 --threads 2 --batch 1"
    fi

    one_quants() { "$golden" quants "$1"; }
    check "values of every tensor type" each quants one_quants "$goldens"/quants/*.bin

    vocabs=$PWD/build/golden-vocabs
    mkdir -p "$vocabs"
    one_tokens() {
        local name; name=$(basename "$1" .jsonl)
        [ -f "$vocabs/$name.gguf" ] || xz -dkc "$goldens/tokenizers/ggml-vocab-$name.gguf.xz" >"$vocabs/$name.gguf"
        "$golden" tokens "$vocabs/$name.gguf" "$1"
    }
    check "token ids of every vocabulary" each tokens one_tokens "$goldens"/tokenizers/*.jsonl

    one_template() { "$golden" template "$1" "${1%.jinja}.json"; }
    check "renderings of every chat template" each templates one_template "$goldens"/templates/*.jinja
fi
