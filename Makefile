# Front door. The build itself is CMake's (see CMakePresets.json).
#   make          build into build/release
#   make test     install what is missing, build, run every test
#   make demo     install what is missing, build, ask the bundled model a question
#   make asan     unit tests under AddressSanitizer and UndefinedBehaviorSanitizer;  make tsan  under ThreadSanitizer
#   make install  [PREFIX=/usr/local]
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
export DLGO_DEPS ?= $(CURDIR)/.deps
MODEL  ?= share/dlgo/demo.gguf
PROMPT ?= What is the capital of France?

.PHONY: all bootstrap build test demo asan tsan install clean

all: build

bootstrap:
	@bash tools/bootstrap.sh

build: build/release/build.ninja
	@echo "== build (build/release)"
	@cmake --build build/release -j $(JOBS)

build/release/build.ninja: CMakeLists.txt CMakePresets.json
	@echo "== configure (build/release)"
	@cmake --preset release --log-level=NOTICE

test: bootstrap
	@bash tests/run.sh

demo: bootstrap build
	@echo "== demo: dlgo-chat $(MODEL) \"$(PROMPT)\""
	@build/release/examples/chat $(MODEL) "$(PROMPT)"

asan tsan: bootstrap
	@echo "== $@"
	@cmake --preset $@ --log-level=NOTICE
	@cmake --build --preset $@ -j $(JOBS) --target dlgo-tests
	@. $(DLGO_DEPS)/env.sh && ctest --preset $@ -j $(JOBS)

install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build
