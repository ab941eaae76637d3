#!/bin/sh
# tests/fuzz: runs every fuzzer (or those named) under libFuzzer with sanitizers, SECONDS each.
#     run.sh SECONDS [NAME...]
# Findings and what was learned stay in build-fuzz/.
set -eu
seconds=${1:?usage: run.sh SECONDS [NAME...]}
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build-fuzz}

if [ ! -f "$build/build.ninja" ]; then
    CC=clang meson setup "$build" "$root" -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all'
fi
if [ $# -eq 0 ]; then
    for source in "$root"/tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        set -- "$@" "${name#fuzz_}"
    done
fi
failed=0
for name in "$@"; do
    ninja -C "$build" "tests/fuzz/libfuzzer_$name"
    mkdir -p "$build/learned-$name" "$build/stored-$name"
    tar -C "$build/stored-$name" -xf "$root/tests/fuzz/corpus/$name.tar.xz"
    echo "== $name, $seconds s"
    "$build/tests/fuzz/libfuzzer_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$build/found-$name-" \
        "$build/learned-$name" "$build/stored-$name" || failed=1
done
exit $failed
