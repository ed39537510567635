# What can be made of Taskbox. `make` alone prints it.
#
# Every target installs what it needs and does not find: Rust targets by rustup, cargo tools at the versions
# below, a browser and strace by apt-get where that is allowed. Nothing reads the terminal.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Two cargos at once only wait for each other's lock.
.NOTPARALLEL:

# Pinned, so that the same tree gives the same answer next year.
CARGO_COMPONENT_VERSION := 0.21.1
CARGO_DENY_VERSION := 0.20.2
COMPONENTIZE_PY_VERSION := 0.25.1
COMPONENTIZE_QJS_VERSION := 0.4.5
AXE_VERSION := 4.14.1

# Packages that are built for wasm32-wasip2: what runs in the sandbox, and what it is written with.
PLUGINS := -p create-order -p bench
EXAMPLES := -p approval -p fan-out -p thumbnail
GUESTS := -p misbehave -p readme
SDK := -p taskbox-task

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: rust-targets ## The main job, end to end, at http://127.0.0.1:8080 (ARGS="--speed 10")
	cargo build --release --target wasm32-wasip2 $(PLUGINS)
	cargo run -p taskbox -- demo $(ARGS)

.PHONY: test
test: plugins languages browser strace promtool ## All tests (TASKBOX_SEED=random: with other dice)
	cargo build --workspace --all-targets
	cargo test --workspace

.PHONY: lint
lint: rust-targets clippy-and-fmt cargo-deny ## Formatting, clippy, documentation and licenses, with no warning left
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --target wasm32-wasip2 $(PLUGINS) $(EXAMPLES) $(GUESTS) $(SDK) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	cargo deny check licenses bans sources

.PHONY: build
build: plugins ## The program, as it is released, and the plugins
	cargo build --release -p taskbox

.PHONY: plugins
plugins: rust-targets cargo-component ## The plugins, by plain cargo and by cargo component
	cargo build --release --target wasm32-wasip2 $(PLUGINS) $(EXAMPLES) $(GUESTS)
	cargo component build --release --target wasm32-wasip1 $(PLUGINS)

.PHONY: package
package: ## What is published of the SDK for Rust, built as its users get it
	cargo package --allow-dirty -p taskbox-task-macros -p taskbox-task

.PHONY: bench
bench: rust-targets ## Measure this machine, in some four minutes (ARGS="--quick --only submit,jobs", or "--soak 8m")
	cargo build --release --target wasm32-wasip2 $(PLUGINS)
	cargo build --release -p taskbox
	target/release/taskbox bench --dir target $(ARGS)

.PHONY: bench-languages
bench-languages: rust-targets ## What a plugin costs in Rust, JavaScript and Python (needs python3 with venv, and npm)
	cargo build --release --target wasm32-wasip2 -p bench
	cargo build --release -p taskbox
	$(MAKE) -C plugins/bench-javascript
	$(MAKE) -C plugins/bench-python
	for plugin in target/wasm32-wasip2/release plugins/bench-javascript plugins/bench-python; do \
	  target/release/taskbox bench --dir target --only plugin --plugin $$plugin/bench.wasm $(ARGS); \
	done

.PHONY: shot
shot: rust-targets browser ## Take the pictures of the pages anew: docs/pictures/
	cargo build --release --target wasm32-wasip2 $(PLUGINS)
	cargo build --workspace --bins
	target/debug/pictures docs/pictures

.PHONY: audit
audit: cargo-deny ## Look for known vulnerabilities (fetches their database from GitHub)
	cargo deny check advisories

.PHONY: tools
tools: rust-targets clippy-and-fmt cargo-component cargo-deny languages browser strace promtool ## Only install what the other targets need

# What follows installs one tool each, and does nothing where it is there.

.PHONY: rust-targets
rust-targets:
	@installed="$$(rustup target list --installed)"; \
	for target in wasm32-wasip1 wasm32-wasip2; do \
	  grep -qx "$$target" <<< "$$installed" || rustup target add "$$target"; \
	done

.PHONY: clippy-and-fmt
clippy-and-fmt:
	@cargo clippy --version > /dev/null 2>&1 || rustup component add clippy
	@cargo fmt --version > /dev/null 2>&1 || rustup component add rustfmt

.PHONY: cargo-component
cargo-component:
	@command -v cargo-component > /dev/null || \
	  cargo install --locked cargo-component@$(CARGO_COMPONENT_VERSION)

.PHONY: cargo-deny
cargo-deny:
	@command -v cargo-deny > /dev/null || cargo install --locked cargo-deny@$(CARGO_DENY_VERSION)

# The tools that build plugins in Python and in JavaScript, which the tests find in target/tools.
.PHONY: languages
languages: target/tools/python-$(COMPONENTIZE_PY_VERSION) target/tools/javascript-$(COMPONENTIZE_QJS_VERSION)

target/tools/python-$(COMPONENTIZE_PY_VERSION):
	@$(call install,python3,python3)
	@python3 -c 'import ensurepip, venv' 2> /dev/null || { $(call install,no-venv,python3-venv); }
	python3 -m venv target/tools/python
	target/tools/python/bin/pip install --quiet componentize-py==$(COMPONENTIZE_PY_VERSION)
	touch $@

target/tools/javascript-$(COMPONENTIZE_QJS_VERSION):
	@$(call install,npm,npm)
	mkdir -p target/tools
	npm install --silent --no-package-lock --prefix target/tools componentize-qjs@$(COMPONENTIZE_QJS_VERSION)
	touch $@

.PHONY: browser
browser: target/tools/axe-core-$(AXE_VERSION)
	@$(call install,chromium,chromium)
	@$(call install,chromedriver,chromium-driver)

# What finds barriers in pages, injected by the tests of the browser.
target/tools/axe-core-$(AXE_VERSION):
	@$(call install,npm,npm)
	mkdir -p target/tools
	npm install --silent --no-package-lock --prefix target/tools axe-core@$(AXE_VERSION)
	touch $@

.PHONY: strace
strace:
	@$(call install,strace,strace)

# Prometheus' checker of metrics, alerts and queries. Unpacked, not installed: the package would start a server.
.PHONY: promtool
promtool: target/tools/promtool

target/tools/promtool:
	@command -v apt-get > /dev/null || { \
	  echo "promtool is missing; copy it from a release of Prometheus to $@" >&2; exit 1; }
	mkdir -p target/tools/prometheus
	cd target/tools/prometheus && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; }
	cd target/tools/prometheus && dpkg-deb -x prometheus_*.deb .
	mv target/tools/prometheus/usr/bin/promtool $@
	rm -r target/tools/prometheus

# $(call install,COMMAND,PACKAGE): by apt-get when this may be done, else says what to type.
define install
command -v $(1) > /dev/null || { \
  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
    apt-get update -qq < /dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(2) < /dev/null; \
  else \
    echo "$(1) is missing; install it with: sudo apt-get install -y $(2)" >&2; exit 1; \
  fi; }
endef
