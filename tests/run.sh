#!/usr/bin/env bash
# tests: installs what the tests need, builds with warnings as errors, runs every suite that this
# machine can run, and ends with one line: N passed, N failed, N skipped. Exit status 0 or 1.
#
#   tests/run.sh [SUITE...]    unit wire fuzz tools reliability interop chaos abi tidy; without
#                              names: all
#   tests/run.sh --all         also the suites "long" (minutes a test) and "clients" (stock clients
#                              of Kafka), a build with clang, and the sanitizer builds, in which the
#                              suite "journey" runs too: all a broker does, by every client
#   tests/run.sh --sanitize KIND [SUITE...]
#                              only one sanitizer build: address, undefined, thread, or
#                              address,undefined
#   tests/run.sh --list        prints the suites and their tests
#
# A suite that cannot run here is skipped and named with its reason. $BUILD_DIR is the build folder
# (default build); the others are called $BUILD_DIR-clang, $BUILD_DIR-address-undefined, ...
set -uo pipefail
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}
all=false
sanitize=""
list=false
fetching=""
suites=()

usage() {
    echo "tests/run.sh: $1" >&2
    sed -n '5,13s/^# \{0,1\}//p' tests/run.sh >&2
    exit 1
}
while [ $# -gt 0 ]; do
    case $1 in
    --all) all=true ;;
    --list) list=true ;;
    --sanitize)
        sanitize=${2:-}
        [[ $sanitize =~ ^(address|undefined|thread|address,undefined)$ ]] ||
            usage "--sanitize takes address, undefined, thread or address,undefined"
        shift
        ;;
    -*) usage "unknown option $1" ;;
    unit | wire | fuzz | tools | reliability | interop | chaos | abi | tidy | long | clients | \
        journey)
        suites+=("$1")
        ;;
    *) usage "unknown suite $1" ;;
    esac
    shift
done
# What finds memory errors and races; the rest would only repeat itself slowly.
sanitized_suites=(unit wire fuzz tools reliability journey)

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
started=$SECONDS
say() { printf '\n== %s\n' "$*"; }
wants() { [ ${#suites[@]} -eq 0 ] || [[ " ${suites[*]} " == *" $1 "* ]]; }

# The last line of the output, and the exit status.
conclude() {
    printf '\ntook %d s\n' $((SECONDS - started))
    python3 tests/support/count.py "$results"
    exit $?
}
broken() { # NAME TEXT: a step before any test that failed counts as one failure
    printf '%s\n' "$2" >"$results/$1.failed"
}

packages() {
    local groups=(build test)
    $all && groups+=(clang)
    say "Packages: ${groups[*]}"
    if ! scripts/packages.sh build; then
        broken packages "the packages of the build could not be installed"
        conclude
    fi
    scripts/packages.sh "${groups[@]}" || echo "some are missing: what needs them is skipped"
    if [ -z "$sanitize" ] &&
        { wants interop || wants long || wants clients || wants journey; }; then
        { command -v java && command -v mvn; } >/dev/null || scripts/packages.sh interop ||
            echo "no Java or Maven: the tests against Kafka are skipped"
    fi
    if $all || [[ " ${suites[*]-} " == *" clients "* ]]; then
        { command -v go && command -v node && command -v npm && python3 -m pip --version; } \
            >/dev/null 2>&1 || scripts/packages.sh clients ||
            echo "no Go, Node or pip: the clients that need them are skipped"
    fi
}

# Kafka comes while the build runs. Whatever goes wrong, the tests that need it tell.
prefetch() {
    if [ -z "$sanitize" ] && wants interop && command -v mvn >/dev/null; then
        python3 tests/interop/kafka.py fetch >/dev/null 2>&1 </dev/null &
        fetching=$!
    fi
}

compile() { # FOLDER MESON-OPTIONS...
    local folder=$1 name
    shift
    name=$(basename "$folder")
    say "Build $folder $*"
    if [ ! -f "$folder/build.ninja" ]; then
        meson setup --fatal-meson-warnings "$folder" "$@" >"$results/$name.log" 2>&1 || {
            tail -n 25 "$results/$name.log"
            broken "$name" "meson setup $folder failed"
            return 1
        }
    fi
    ninja -C "$folder" >"$results/$name.log" 2>&1 || {
        grep -A 20 -m 3 '^FAILED' "$results/$name.log" || tail -n 40 "$results/$name.log"
        broken "$name" "the build in $folder failed"
        return 1
    }
    tail -n 1 "$results/$name.log"
}

run() { # FOLDER MULTIPLIER SUITE...
    local folder=$1 multiplier=$2 name options=()
    shift 2
    name=$(basename "$folder")
    for suite in "$@"; do options+=(--suite "$suite"); done
    [ $# -gt 0 ] || $all || options=(--no-suite long --no-suite clients --no-suite journey)
    [ -z "$fetching" ] || wait "$fetching"
    fetching=""
    say "Test $folder: ${*:-all suites}"
    rm -f "$folder/meson-logs/testlog.json"
    export CMOCKA_MESSAGE_OUTPUT=TAP KC_PATIENCE=$multiplier
    # One more than processors: most of the long ones wait.
    meson test -C "$folder" --no-rebuild --print-errorlogs --timeout-multiplier "$multiplier" \
        --num-processes $(($(nproc) + 1)) ${options[@]+"${options[@]}"} </dev/null
    if [ -f "$folder/meson-logs/testlog.json" ]; then
        cp "$folder/meson-logs/testlog.json" "$results/$name.json"
    else
        broken "$name" "meson test in $folder left no log"
    fi
}

sanitized() { # KIND SUITE...
    local kind=$1
    shift
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1
    export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    compile "$build-${kind/,/-}" -Db_sanitize="$kind" -Db_lundef=false &&
        run "$build-${kind/,/-}" 5 "$@"
    unset ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
}

packages
if $list; then
    compile "$build" && meson test -C "$build" --list
    exit $?
fi
if [ -n "$sanitize" ]; then
    [ ${#suites[@]} -gt 0 ] || suites=("${sanitized_suites[@]}")
    sanitized "$sanitize" "${suites[@]}"
    conclude
fi
prefetch
compile "$build" && run "$build" 1 ${suites[@]+"${suites[@]}"}
if $all; then
    if command -v clang >/dev/null; then
        CC=clang compile "$build-clang"
    else
        echo "clang is not installed" >"$results/clang.skipped"
    fi
    sanitized address,undefined "${sanitized_suites[@]}"
    sanitized thread "${sanitized_suites[@]}"
fi
conclude
