#!/bin/sh
# Tells how many departures the day's file announces.
set -eu
file=$(mktemp)
trap 'rm -f "$file"' EXIT
./day.sh >"$file"
rows=$(($(wc -l <"$file") - 1))
echo "$HEDDLE_PARTITION: $rows scheduled departures announced"
printf '{"rows": %d}\n' "$rows" >"$HEDDLE_OUTPUT"
