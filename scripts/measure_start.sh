#!/usr/bin/env bash
# house: prints how long broker-lite takes to be ready, what it holds in memory when idle, and how
# long `topics --list` takes. Medians of ROUNDS; nothing is asserted.
#
#   scripts/measure_start.sh [ROUNDS]      default 11; the programs are those of $BUILD_DIR (build)
set -euo pipefail
cd "$(dirname "$0")/.."
KC_BUILD=$(realpath "${BUILD_DIR:-build}") exec python3 tests/bench/start.py "$@"
