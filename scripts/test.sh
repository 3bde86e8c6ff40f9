#!/bin/sh
# Every check a change has to pass: format, lints, tests, documentation.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/environment.sh

cargo fmt --check
cargo build --locked --tests --bins
cargo test --locked
cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
