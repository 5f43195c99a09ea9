#compdef heddle
# heddle completion zsh
_heddle() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]} command= place=0 i
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      --apply|--at|--attempt|--bind|--cron|--domain|--down|--env|--exclude|--expires|--explain|--for|--format|--from|--host|--hours|--kind|--limit|--max-active|--mode|--note|--overwrite|--param|--partition|--project|--proxy|--reason|--release|--role|--server|--since|--state|--timezone|--to|--token-file|--up|--web|--workers) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=${words[i]}; else ((place++)); fi ;;
    esac
  done
  local found=
  case "$command $previous" in
    'check --format') found='text json sarif github' ;;
    'check --explain') return ;;
    'graph --format') found='text dot mermaid json' ;;
    'lineage --up') return ;;
    'lineage --down') return ;;
    'run --partition') return ;;
    'run --param') return ;;
    'run --workers') return ;;
    'backfill --from') return ;;
    'backfill --to') return ;;
    'backfill --mode') found='missing failed missing+failed stale all' ;;
    'backfill --exclude') found=$(heddle completion selectors 2>/dev/null) ;;
    'backfill --param') return ;;
    'backfill --max-active') return ;;
    'backfill --workers') return ;;
    'backfill --apply') return ;;
    'backfill --overwrite') return ;;
    'retry --from') return ;;
    'retry --since') return ;;
    'retry --workers') return ;;
    'serve --workers') return ;;
    'serve --bind') return ;;
    'serve --web') _files -/; return ;;
    'serve --host') return ;;
    'serve --proxy') return ;;
    'approve --note') return ;;
    'accept --from') return ;;
    'accept --to') return ;;
    'runs --limit') return ;;
    'logs --attempt') return ;;
    'explain --at') return ;;
    'alerts --kind') found='deadline_missed run_failed freshness_broken wait_timed_out' ;;
    'alerts --limit') return ;;
    'alerts --note') return ;;
    'alerts --for') return ;;
    'alerts --reason') return ;;
    'schedule --cron') return ;;
    'schedule --timezone') return ;;
    'schedule --from') return ;;
    'schedule --limit') return ;;
    'forecast --hours') return ;;
    'forecast --release') _files -/; return ;;
    'token --role') found='viewer operator admin' ;;
    'token --domain') return ;;
    'token --expires') return ;;
    'audit --limit') return ;;
    *' --state') _files -/; return ;;
    *' --project') _files -/; return ;;
    *' --env') _files -/; return ;;
    *' --server') _files -/; return ;;
    *' --token-file') _files -/; return ;;
  esac
  if [[ -z $found ]]; then
    case "$command $current" in
      ' -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      ' '*) found='init check test graph lineage run backfill retry serve deploy cancel pause resume approve mark accept status runs show logs explain alerts schedule forecast pools doctor backup restore maintain token audit completion version help' ;;
      'init -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'check -'*) found='--format --explain --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'test -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'graph -'*) found='--format --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'lineage -'*) found='--up --down --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'run -'*) found='--partition --param --workers --preview --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'backfill -'*) found='--from --to --mode --upstream --downstream --exclude --external --backwards --param --max-active --workers --plan --apply --yes --overwrite --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'retry -'*) found='--failed --from --all --kept --latest --since --yes --workers --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'serve -'*) found='--workers --watch --bind --web --host --proxy --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'deploy -'*) found='--plan --exit-code --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'cancel -'*) found='--yes --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'pause -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'resume -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'approve -'*) found='--reject --note --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'mark -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'accept -'*) found='--from --to --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'status -'*) found='--stale --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'runs -'*) found='--limit --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'show -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'logs -'*) found='--attempt --follow --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'explain -'*) found='--at --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'alerts -'*) found='--all --kind --limit --note --for --reason --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'schedule -'*) found='--cron --timezone --from --limit --ledger --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'forecast -'*) found='--hours --release --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'pools -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'doctor -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'backup -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'restore -'*) found='--force --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'maintain -'*) found='--dry-run --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'token -'*) found='--role --domain --expires --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'audit -'*) found='--verify --limit --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'completion -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'version -'*) found='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'help -'*) found='--man --json --quiet --no-color --state --project --env --server --token-file --help' ;;
    esac
  fi
  if [[ -z $found ]]; then
    case "$command $place" in
      'init 0') _files -/; return ;;
      'check 0') _files; return ;;
      'test 0') _files; return ;;
      'graph 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'lineage 0') found=$(heddle completion datasets 2>/dev/null) ;;
      'run 0') found=$(heddle completion tasks 2>/dev/null) ;;
      'backfill 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'retry 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'cancel 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'pause 0') found=$(heddle completion pipelines 2>/dev/null) ;;
      'resume 0') found=$(heddle completion pipelines 2>/dev/null) ;;
      'mark 0') found=$(heddle completion datasets 2>/dev/null) ;;
      'mark 1') found='success failed skipped missing' ;;
      'accept 0') found=$(heddle completion datasets 2>/dev/null) ;;
      'status 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'runs 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'show 0') found=$(heddle completion pipelines 2>/dev/null) ;;
      'explain 0') found=$(heddle completion pipelines 2>/dev/null) ;;
      'alerts 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'alerts 1') found=$(heddle completion selectors 2>/dev/null) ;;
      'schedule 0') found=$(heddle completion pipelines 2>/dev/null) ;;
      'forecast 0') found=$(heddle completion selectors 2>/dev/null) ;;
      'backup 0') _files -/; return ;;
      'restore 0') _files -/; return ;;
      'token 0') found='create list revoke' ;;
      'completion 0') found='bash zsh fish' ;;
      'help 0') found='init check test graph lineage run backfill retry serve deploy cancel pause resume approve mark accept status runs show logs explain alerts schedule forecast pools doctor backup restore maintain token audit completion version help' ;;
    esac
  fi
  compadd -- ${=found}
}
if [[ $funcstack[1] == _heddle ]]; then _heddle "$@"; else compdef _heddle heddle; fi
