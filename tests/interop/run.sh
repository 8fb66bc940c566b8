#!/usr/bin/env bash
# fixline against QuickFIX C++: builds both sides, has both judge messages by the same dictionaries, then
# plays every scenario of play.py.
#
#   tests/interop/run.sh [SCENARIO..]
#
# Needs g++, libquickfix-dev and python3, which it installs where it may. QuickFIX listens on every
# interface, so everything runs in a network namespace of its own. Exits with 77 when something that
# it needs cannot be had.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

lacks() {
    echo "interop is left out: $*"
    exit 77
}

has_quickfix() {
    command -v g++ >/dev/null && [ -e /usr/include/quickfix/Session.h ]
}

if ! has_quickfix && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends libquickfix-dev g++; } >/dev/null 2>&1 || true
fi
has_quickfix || lacks "g++ and libquickfix-dev are not installed and cannot be"
command -v python3 >/dev/null || lacks "there is no python3"

if unshare --net true 2>/dev/null; then
    alone=(unshare --net)
elif unshare --map-root-user --net true 2>/dev/null; then
    alone=(unshare --map-root-user --net)
else
    lacks "there can be no network namespace, and QuickFIX would listen on every interface"
fi
command -v ip >/dev/null || lacks "ip is needed to bring up the loopback of a network namespace"

cargo build --quiet --release --all-features --example acceptance_server --example order_client
built=${CARGO_TARGET_DIR:-target}
mkdir -p "$built/interop"
# The headers of QuickFIX have exception specifications, which C++17 does not.
for program in peer judge; do
    g++ -std=c++14 -O1 -Wall -Wextra -Wno-deprecated -o "$built/interop/$program" "tests/interop/$program.cpp" -lquickfix
done

# The same messages judged by the same dictionaries.
[ $# -gt 0 ] || FIXLINE_QUICKFIX_JUDGE=$(realpath "$built/interop/judge") \
    cargo test --quiet --all-features --test dictionary judged:: -- --nocapture

# shellcheck disable=SC2016
"${alone[@]}" bash -c 'ip link set lo up && exec python3 "$@"' play \
    tests/interop/play.py --peer "$built/interop/peer" --examples "$built/release/examples" "$@"
