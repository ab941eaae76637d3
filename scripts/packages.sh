#!/usr/bin/env bash
# house: the one list of Debian and Ubuntu packages that this project uses, and its installer.
#
#   scripts/packages.sh GROUP...          installs what is missing; silent when all is there
#   scripts/packages.sh --list GROUP...   prints the names
#
# Groups: build (all that `meson setup` asks for), test (tools of the tests), clang (the second
# compiler, with libFuzzer), interop (Java and Maven, to run a real Apache Kafka), clients (what
# fetches and runs other languages' clients).
set -euo pipefail

names() {
    case $1 in
    build)
        echo gcc libc6-dev meson ninja-build pkg-config python3
        echo libuv1-dev libisal-dev libdeflate-dev liblz4-dev libzstd-dev libsnappy-dev libssl-dev
        echo libraft-dev libcjson-dev libmicrohttpd-dev libpcre2-dev libcmocka-dev
        ;;
    test) echo g++ binutils clang-format kcat librdkafka1 ;;
    clang) echo clang libclang-rt-dev ;;
    interop) echo default-jdk-headless maven ;;
    clients) echo golang-go nodejs npm python3-pip ;;
    *)
        echo "packages.sh: unknown group '$1' (build, test, clang, interop, clients)" >&2
        exit 1
        ;;
    esac
}

list=false
if [ "${1:-}" = --list ]; then
    list=true
    shift
fi
if [ $# -eq 0 ]; then
    echo "packages.sh: name a group: build, test, clang, interop, clients" >&2
    exit 1
fi

wanted=$(for group in "$@"; do names "$group"; done)
if $list; then
    tr ' ' '\n' <<<"$wanted"
    exit 0
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt here; please install what corresponds to:" $wanted >&2
    exit 1
fi

missing=()
for name in $wanted; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: not root and no sudo; run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "packages.sh: installing ${missing[*]}" >&2
for step in update "install -y --no-install-recommends ${missing[*]}"; do
    # shellcheck disable=SC2086 # the step's words are meant to split
    if ! ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -q $step \
        </dev/null >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        echo "packages.sh: apt-get $step failed (above are its last lines)" >&2
        exit 1
    fi
done
