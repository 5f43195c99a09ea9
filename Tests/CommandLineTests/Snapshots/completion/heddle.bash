# heddle completion bash
_heddle() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= place=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --apply|--at|--attempt|--bind|--cron|--domain|--down|--env|--exclude|--expires|--explain|--for|--format|--from|--host|--hours|--kind|--limit|--max-active|--mode|--note|--overwrite|--param|--partition|--project|--proxy|--reason|--release|--role|--server|--since|--state|--timezone|--to|--token-file|--up|--web|--workers) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((place++)); fi ;;
    esac
  done
  local words=
  case "$command $previous" in
    'check --format') words='text json sarif github' ;;
    'check --explain') return ;;
    'graph --format') words='text dot mermaid json' ;;
    'lineage --up') return ;;
    'lineage --down') return ;;
    'run --partition') return ;;
    'run --param') return ;;
    'run --workers') return ;;
    'backfill --from') return ;;
    'backfill --to') return ;;
    'backfill --mode') words='missing failed missing+failed stale all' ;;
    'backfill --exclude') words=$(heddle completion selectors 2>/dev/null) ;;
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
    'serve --web') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    'serve --host') return ;;
    'serve --proxy') return ;;
    'approve --note') return ;;
    'accept --from') return ;;
    'accept --to') return ;;
    'runs --limit') return ;;
    'logs --attempt') return ;;
    'explain --at') return ;;
    'alerts --kind') words='deadline_missed run_failed freshness_broken wait_timed_out' ;;
    'alerts --limit') return ;;
    'alerts --note') return ;;
    'alerts --for') return ;;
    'alerts --reason') return ;;
    'schedule --cron') return ;;
    'schedule --timezone') return ;;
    'schedule --from') return ;;
    'schedule --limit') return ;;
    'forecast --hours') return ;;
    'forecast --release') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    'token --role') words='viewer operator admin' ;;
    'token --domain') return ;;
    'token --expires') return ;;
    'audit --limit') return ;;
    *' --state') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    *' --project') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    *' --env') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    *' --server') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    *' --token-file') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
  esac
  if [[ -z $words ]]; then
    case "$command $current" in
      ' -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      ' '*) words='init check test graph lineage run backfill retry serve deploy cancel pause resume approve mark accept status runs show logs explain alerts schedule forecast pools doctor backup restore maintain token audit completion version help' ;;
      'init -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'check -'*) words='--format --explain --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'test -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'graph -'*) words='--format --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'lineage -'*) words='--up --down --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'run -'*) words='--partition --param --workers --preview --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'backfill -'*) words='--from --to --mode --upstream --downstream --exclude --external --backwards --param --max-active --workers --plan --apply --yes --overwrite --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'retry -'*) words='--failed --from --all --kept --latest --since --yes --workers --detach --local --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'serve -'*) words='--workers --watch --bind --web --host --proxy --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'deploy -'*) words='--plan --exit-code --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'cancel -'*) words='--yes --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'pause -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'resume -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'approve -'*) words='--reject --note --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'mark -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'accept -'*) words='--from --to --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'status -'*) words='--stale --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'runs -'*) words='--limit --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'show -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'logs -'*) words='--attempt --follow --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'explain -'*) words='--at --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'alerts -'*) words='--all --kind --limit --note --for --reason --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'schedule -'*) words='--cron --timezone --from --limit --ledger --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'forecast -'*) words='--hours --release --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'pools -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'doctor -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'backup -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'restore -'*) words='--force --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'maintain -'*) words='--dry-run --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'token -'*) words='--role --domain --expires --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'audit -'*) words='--verify --limit --json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'completion -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'version -'*) words='--json --quiet --no-color --state --project --env --server --token-file --help' ;;
      'help -'*) words='--man --json --quiet --no-color --state --project --env --server --token-file --help' ;;
    esac
  fi
  if [[ -z $words ]]; then
    case "$command $place" in
      'init 0') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
      'check 0') mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      'test 0') mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      'graph 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'lineage 0') words=$(heddle completion datasets 2>/dev/null) ;;
      'run 0') words=$(heddle completion tasks 2>/dev/null) ;;
      'backfill 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'retry 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'cancel 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'pause 0') words=$(heddle completion pipelines 2>/dev/null) ;;
      'resume 0') words=$(heddle completion pipelines 2>/dev/null) ;;
      'mark 0') words=$(heddle completion datasets 2>/dev/null) ;;
      'mark 1') words='success failed skipped missing' ;;
      'accept 0') words=$(heddle completion datasets 2>/dev/null) ;;
      'status 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'runs 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'show 0') words=$(heddle completion pipelines 2>/dev/null) ;;
      'explain 0') words=$(heddle completion pipelines 2>/dev/null) ;;
      'alerts 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'alerts 1') words=$(heddle completion selectors 2>/dev/null) ;;
      'schedule 0') words=$(heddle completion pipelines 2>/dev/null) ;;
      'forecast 0') words=$(heddle completion selectors 2>/dev/null) ;;
      'backup 0') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
      'restore 0') mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
      'token 0') words='create list revoke' ;;
      'completion 0') words='bash zsh fish' ;;
      'help 0') words='init check test graph lineage run backfill retry serve deploy cancel pause resume approve mark accept status runs show logs explain alerts schedule forecast pools doctor backup restore maintain token audit completion version help' ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _heddle heddle
