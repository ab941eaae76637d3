#!/usr/bin/env bash
# house: shows the whole stack at work: installs what is missing, builds, starts a broker-lite,
# creates a topic, produces real lines, consumes them as a group, shows the group's lag, stops.
#
#   scripts/quickstart.sh      Debian 12 or Ubuntu, as root or with sudo; as often as you like
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}
[ $# -eq 0 ] || { echo "quickstart.sh: takes no arguments" >&2; exit 1; }

say() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; }
die() { printf 'quickstart.sh: %s\n' "$*" >&2; exit 1; }
die_with() { # FILE COUNT MESSAGE: the file's last lines first
    tail -n "$2" "$1" >&2
    die "$3"
}

work=""
broker=""
finish() {
    local status=$?
    trap - EXIT
    if [ -n "$broker" ] && kill -0 "$broker" 2>/dev/null; then
        kill "$broker" 2>/dev/null || true
        wait "$broker" 2>/dev/null || true
    fi
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "1. Packages (the list: scripts/packages.sh --list build)"
scripts/packages.sh build
echo "all there"

say "2. Build into $build/"
programs=(broker-lite/broker-lite)
for tool in topics console-producer console-consumer consumer-groups; do
    programs+=("tools/$tool/$tool")
done
work=$(mktemp -d "${TMPDIR:-/tmp}/quickstart-XXXXXX")
if [ ! -f "$build/build.ninja" ]; then
    show "meson setup $build"
    meson setup "$build" >"$work/meson.log" 2>&1 || die_with "$work/meson.log" 20 "meson failed"
fi
show "ninja -C $build"
ninja -C "$build" "${programs[@]}" >"$work/ninja.log" 2>&1 ||
    die_with "$work/ninja.log" 40 "the build failed"
tail -n 1 "$work/ninja.log"

say "3. Start a broker-lite on a free port, its data in a folder of its own"
settings=(--override listeners=PLAINTEXT://127.0.0.1:0 --override "log.dirs=$work/data")
settings+=(--override group.initial.rebalance.delay.ms=0)
show "$build/broker-lite/broker-lite ${settings[*]}"
"$build/broker-lite/broker-lite" "${settings[@]}" >"$work/broker.out" 2>"$work/broker.log" &
broker=$!
address=""
for _ in $(seq 300); do
    address=$(sed -n 's/^broker-lite: node [0-9]* ready on \(.*:[0-9]*\)$/\1/p' "$work/broker.out")
    [ -z "$address" ] || break
    kill -0 "$broker" 2>/dev/null || die_with "$work/broker.log" 20 "broker-lite did not start"
    sleep 0.1
done
[ -n "$address" ] || die_with "$work/broker.log" 20 "broker-lite was not ready after 30 s"
cat "$work/broker.out"
export BOOTSTRAP_SERVERS=$address

tool() { "$build/tools/$1/$1" "${@:2}"; }

say "4. Create a topic with three partitions"
show "topics --create --topic quickstart --partitions 3"
tool topics --create --topic quickstart --partitions 3
show "topics --describe --topic quickstart"
tool topics --describe --topic quickstart

# Each line has its number as its key: equal keys meet in one partition, different ones spread.
say "5. Produce real lines: the first of this project's licence, keyed by their number"
grep -m 24 -v '^[[:space:]]*$' LICENSE >"$work/lines"
count=$(wc -l <"$work/lines")
show "console-producer --topic quickstart --reader-property parse.key=true < LINES"
awk '{ printf "%d\t%s\n", NR, $0 }' "$work/lines" |
    tool console-producer --topic quickstart --reader-property parse.key=true
echo "$count lines produced"

say "6. Consume them as a group"
show "console-consumer --topic quickstart --group readers --from-beginning --max-messages $count"
tool console-consumer --topic quickstart --group readers --from-beginning --max-messages "$count" \
    --timeout-ms 30000 >"$work/consumed"
cat "$work/consumed"
cmp -s <(LC_ALL=C sort "$work/lines") <(LC_ALL=C sort "$work/consumed") ||
    die "what was consumed is not what was produced"
echo "-- the same $count lines, byte for byte"

say "7. The group's lag"
show "consumer-groups --describe --group readers"
tool consumer-groups --describe --group readers

say "8. Stop the broker"
kill "$broker"
status=0
wait "$broker" || status=$?
broker=""
[ "$status" = 0 ] || die_with "$work/broker.log" 20 "broker-lite ended with status $status"
echo "stopped"

cat <<TEXT

It works. To go on by hand:
  $build/broker-lite/broker-lite      a broker on localhost:9092, data in ~/.local/share/broker-lite
  $build/tools/topics/topics --list   in another terminal; each tool explains itself with --help
  meson install -C $build             installs headers, libclient.so, tools and broker-lite
  tests/run.sh                        runs every test that this machine can run
TEXT
