#!/bin/sh
# Makes sure that everything Referent is built and tested with is there: a C compiler, GDAL, a Vulkan driver, Rust.
# Installs what is missing where it may (Debian, Ubuntu); says in one line what is missing where it may not.
set -eu

MINIMUM_RUST=1.95
MISSING=""

have() { command -v "$1" >/dev/null 2>&1; }
want() { MISSING="$MISSING $1"; }

have cc || want build-essential
have pkg-config || want pkg-config
if ! have pkg-config || ! pkg-config --exists gdal 2>/dev/null; then want libgdal-dev; fi
# A software Vulkan driver, for machines without a GPU: the window and its tests draw with it.
find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name '*.json' 2>/dev/null | grep -q . || want mesa-vulkan-drivers
have Xvfb || want xvfb
have cargo || have curl || want curl
[ -e /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates

if [ -n "$MISSING" ]; then
    if ! have apt-get; then
        echo "referent: please install the equivalents of these Debian packages and start again:$MISSING" >&2
        exit 1
    fi
    SUDO=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! have sudo; then
            echo "referent: please let an administrator run: apt-get install$MISSING" >&2
            exit 1
        fi
        SUDO=sudo
    fi
    echo "referent: installing$MISSING" >&2
    $SUDO apt-get update -qq >&2 || echo "referent: the package lists could not be refreshed, going on with the old ones" >&2
    # shellcheck disable=SC2086
    LOG=$(mktemp)
    if ! $SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $MISSING >"$LOG" 2>&1; then
        tail -5 "$LOG" >&2
        echo "referent: could not install$MISSING; install them by hand and start again" >&2
        exit 1
    fi
    rm -f "$LOG"
fi

if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
if ! have cargo; then
    echo "referent: installing Rust with rustup" >&2
    if ! curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy >&2; then
        echo "referent: could not install Rust; get version $MINIMUM_RUST or newer from https://rustup.rs and start again" >&2
        exit 1
    fi
    PATH="$HOME/.cargo/bin:$PATH"
fi
VERSION=$(rustc --version | cut -d' ' -f2)
OLDEST=$(printf '%s\n%s\n' "$MINIMUM_RUST" "$VERSION" | sort -V | head -1)
if [ "$OLDEST" != "$MINIMUM_RUST" ]; then
    echo "referent: Rust $VERSION is too old, $MINIMUM_RUST is needed; run: rustup update stable" >&2
    exit 1
fi
