# Sourced by the other scripts: where the build goes, and what Vulkan wants to find.
# The dependencies take half an hour to build, so they are kept outside the checkout and used again.
: "${CARGO_TARGET_DIR:=$HOME/.cache/referent/target}"
export CARGO_TARGET_DIR
PATH="$HOME/.cargo/bin:$PATH"
if [ -z "${XDG_RUNTIME_DIR:-}" ] || [ ! -w "${XDG_RUNTIME_DIR:-/nonexistent}" ]; then
    XDG_RUNTIME_DIR="$HOME/.cache/referent/runtime"
    mkdir -p "$XDG_RUNTIME_DIR"
    chmod 700 "$XDG_RUNTIME_DIR"
    export XDG_RUNTIME_DIR
fi
