#!/bin/sh
# The long proofs, each with a line in ledger.tsv: when, commit, proof, result, seconds. What the ledger has as passed at
# this commit is not done again, so it may be stopped and begun again. With WORDS, only proofs with these in their names.
# usage: prove.sh HEDDLE [WORDS]
set -u
heddle=${1:?usage: prove.sh HEDDLE [WORDS]}
words=${2:-}
cd "$(dirname "$0")/../.."
ledger=Tests/Proof/ledger.tsv
# What the proofs themselves write is no change.
commit=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
git diff --quiet HEAD -- . ':!Tests/*/ledger.tsv' 2>/dev/null && commit=${commit%-dirty}
failures=0
matches=0

prove() { # NAME COMMAND...
  name=$1; shift
  case $name in *"$words"*) ;; *) return ;; esac
  matches=$((matches + 1))
  if [ "$commit" = "${commit%-dirty}" ] && grep -q "	$commit	$name	passed	" "$ledger"; then
    echo "$name: passed already"
    return
  fi
  begin=$(date +%s)
  if "$@"; then result=passed; else result=failed; failures=$((failures + 1)); fi
  printf '%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$commit" "$name" "$result" \
    $(($(date +%s) - begin)) | tee -a "$ledger"
}

prove "no data races in the worker, keeper and owner code" \
  make --no-print-directory races RACES=Threads,Execution,Orchestration
# It needs more room than an isolated process may have.
prove "no misuse of memory in the worker, store and keeper code" \
  env HEDDLE_TESTS=Threads,SQLite,Access,Records,Execution ASAN_OPTIONS=detect_leaks=0 \
  swift test --sanitize=address --scratch-path .build-asan --skip IsolatedTests
prove "end to end at full length" \
  env HEDDLE_PROOF=1 HEDDLE="$heddle" python3 -B Tests/EndToEnd/end_to_end.py
for part in 1 2 3 4 5 6 7 8 9 10; do
  prove "three hundred kills, part $part of 10" env HEDDLE="$heddle" python3 -B Tests/Torture/torture.py --kills 300
done
# Debug builds, as in 'make test', which tries samples.
prove "every write and fsync of the record as a crash point" \
  env HEDDLE_PROOF=1 swift test --filter '^RecordsTests\.CrashPointTests'
prove "every case of which the unit tests try samples" \
  env HEDDLE_PROOF=1 swift test --skip CrashPointTests --skip CronSimTests
prove "a million next ticks as cronsim has them" sh -ec '
  test -x .build/cronsim/bin/python || python3 -m venv .build/cronsim
  .build/cronsim/bin/pip install --quiet cronsim
  export HEDDLE_CRONSIM="$PWD/.build/cronsim/bin/python" HEDDLE_PROOF=1 HEDDLE_TESTS=Timetables
  swift test --filter CronSimTests'
prove "a thousand pipelines every minute beside a crowd at the page" python3 -B Tests/Bench/crowd.py --heddle "$heddle"
prove "lists of the API behind a million task instances" python3 -B Tests/Bench/lists.py --heddle "$heddle"
prove "what the page may cost" env HEDDLE_PROOF=1 HEDDLE="$heddle" python3 -B Tests/Browser/browser.py budget_test
prove "every request that the document of the API allows" \
  env HEDDLE_PROOF=1 HEDDLE="$heddle" python3 -B Tests/Contract/contract.py
prove "ten thousand pipelines every minute for ten" python3 -B Tests/Bench/minutely.py --heddle "$heddle"
prove "every graph of four tasks" make --no-print-directory exhaustive
# These go on where their own ledgers end.
prove "a hundred million decisions" sh -ec '
  make --no-print-directory simulator
  .build/release/simulate --decisions "${DECISIONS:-100000000}" --seeds 200 --threads "$(nproc)" \
    --ledger Tests/Simulator/ledger.tsv --commit "$0"' "$commit"
prove "planted bugs are found" python3 -B Tests/Planted/planted.py --ledger Tests/Planted/ledger.tsv
prove "ten million runs of each fuzzer" python3 -B Tests/Fuzz/fuzz.py --runs 10000000 --ledger Tests/Fuzz/ledger.tsv
[ "$matches" -gt 0 ] || echo "no proof has '$words' in its name" >&2
exit "$((failures > 0 || matches == 0))"
