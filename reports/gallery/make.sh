#!/usr/bin/env bash
# Draws the pictures of this folder with the demo account: make.sh TERMWISE OUT
set -euo pipefail
termwise=$(realpath "$1") out=$(realpath -m "$2")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

"$termwise" backtest data/demo/account.csv --quiet --out "$work/backtest"
cp "$work/backtest/charts/coverage.svg" "$work/backtest/charts/calibration.svg" "$out"

"$termwise" simulate --policies hold,equal,proportional,greedy,termwise --scenarios well,bad --terms 100 --weeks 26 \
  --play-weeks 12 --seeds 3 --seed 1 --margin 0.35 --quiet --out "$work/policies"
cp "$work/policies/charts/regret.svg" "$out"

printf '[weekly]\ninputs = ["%s"]\nstate = "%s"\n' "$PWD/data/demo/account.csv" "$work/state" >"$work/weekly.toml"
"$termwise" weekly --config "$work/weekly.toml" --backfill --quiet
cp "$work/state/latest/charts/history.svg" "$work/state/latest/charts/diff.svg" "$out"
