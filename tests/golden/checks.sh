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
    # What every layer of runs on a GPU, with rounding to half precision allowed.
    vulkan_cases="llama-s1 llama-s2 llama-tied-s1 llama-tied-s2 llama-rope-s1 llama-rope-s2 qwen2-s1 qwen2-s2 qwen3-s1 qwen3-s2 q-qwen3-F16 q-qwen3-BF16
        q-qwen3-Q8_0 q-qwen3-Q4_0 q-qwen3-Q4_K q-qwen3-Q6_K"
    vulkan_models=$PWD/build/golden-models-vulkan
    vulkan_logits() { # vulkan_logits OPTIONS
        local name
        mkdir -p "$vulkan_models"
        ln -sf "$models/llamacpp_distance.tsv" "$vulkan_models/"
        for name in $vulkan_cases; do ln -sfn "$models/$name" "$vulkan_models/$name"; done
        "$python" "$goldens/check_llm.py" "$golden logits {model} {golden} {out} --device vulkan $1" --cases "$vulkan_models" --precision f16
    }
    vulkan_device() { "$venv/bin/dlgo" devices | grep -q vulkan; }
    if check "models" make_models; then
        check "logits, prompt at once" logits "--kv f32 --threads 2"
        check "logits, batches of 7" logits "--kv f32 --threads 1 --batch 7"
        check "logits, token by token" logits "--kv f32 --threads 2 --batch 1"
        if vulkan_device; then
            check "logits on Vulkan, prompt at once" vulkan_logits "--kv f32"
            check "logits on Vulkan, batches of 7" vulkan_logits "--kv f32 --batch 7"
            check "logits on Vulkan, token by token" vulkan_logits "--kv f32 --batch 1"
            check "logits on Vulkan, halves in the cache" vulkan_logits ""
            check "logits with half of the layers on Vulkan" vulkan_logits "--kv f32 --gpu-layers 1"
        else
            skip "logits on Vulkan: no device"
        fi
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
