#!/bin/sh
# The long proofs, each with a line in ledger.tsv: when, commit, proof, result, seconds. usage: prove.sh HEDDLE
set -u
heddle=${1:?usage: prove.sh HEDDLE}
cd "$(dirname "$0")/../.."
ledger=Tests/Proof/ledger.tsv
commit=$(git describe --always --dirty 2>/dev/null || echo unknown)
failures=0

prove() { # NAME COMMAND...
  name=$1; shift
  begin=$(date +%s)
  if "$@"; then result=passed; else result=failed; failures=$((failures + 1)); fi
  printf '%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$commit" "$name" "$result" \
    $(($(date +%s) - begin)) | tee -a "$ledger"
}

prove "no data races in the worker code" \
  swift test --sanitize=thread --scratch-path .build-tsan --filter '^(Threads|Execution|Orchestration)Tests\.'
prove "end to end at full length" \
  env HEDDLE_PROOF=1 HEDDLE="$heddle" python3 -B -m unittest discover -s Tests/EndToEnd -p '*_test.py'
prove "every write and fsync of the record as a crash point" \
  env HEDDLE_PROOF=1 swift test --filter '^RecordsTests\.CrashPointTests'
swift build -c release --static-swift-stdlib --product simulate
prove "every graph of four tasks" .build/release/simulate --exhaustive
# Goes on where its ledger ends, so it may be stopped and begun again.
prove "a hundred million decisions" .build/release/simulate --decisions "${DECISIONS:-100000000}" --seeds 200 \
  --threads "$(nproc)" --ledger Tests/Simulator/ledger.tsv --commit "$commit"
prove "planted bugs are found" python3 -B Tests/Planted/planted.py --ledger Tests/Planted/ledger.tsv
prove "ten million runs of each fuzzer" python3 -B Tests/Fuzz/fuzz.py --runs 10000000 --ledger Tests/Fuzz/ledger.tsv
exit "$((failures > 0))"
