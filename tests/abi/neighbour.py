"""A C library that defines functions other engines export, each of which ends the process: nothing in libdlgo may bind to it."""
import re
import sys

NAMES = """ggml_init ggml_free ggml_new_tensor_1d ggml_mul_mat ggml_graph_compute ggml_backend_cpu_init ggml_quantize_chunk
gguf_init_from_file gguf_free llama_model_load_from_file llama_decode llama_tokenize llama_free whisper_init_from_file whisper_full
whisper_free volkInitialize pcre2_compile_8 pcre2_match_8 pcre2_match_data_free_8 ma_decoder_init
ma_resampler_init""".split()
# The C++ functions that the library defines itself, were it not for hidden symbols.
CXX = sorted(set(re.findall(r" [TW] (_ZN4dlgo\w+)$", sys.stdin.read(), flags=re.M)))[:2000]
print("#include <stdlib.h>")
for name in NAMES + CXX:
    print(f"void {name}(void) {{ abort(); }}")
