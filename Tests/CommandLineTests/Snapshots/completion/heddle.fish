# heddle completion fish
complete -c heddle -f
complete -c heddle -l json
complete -c heddle -l quiet
complete -c heddle -l no-color
complete -c heddle -l state -r -a '(__fish_complete_directories)'
complete -c heddle -l project -r -a '(__fish_complete_directories)'
complete -c heddle -l env -r -a '(heddle completion environments 2>/dev/null)'
complete -c heddle -l server -r
complete -c heddle -l token-file -r -F
complete -c heddle -l help
complete -c heddle -n __fish_use_subcommand -a init -d 'write a small mesh that runs at once'
complete -c heddle -n '__fish_seen_subcommand_from init' -a '(__fish_complete_directories)'
complete -c heddle -n __fish_use_subcommand -a check -d 'find every mistake in the declarations'
complete -c heddle -n '__fish_seen_subcommand_from check' -l format -r -a 'text json sarif github'
complete -c heddle -n '__fish_seen_subcommand_from check' -l explain -r
complete -c heddle -n '__fish_seen_subcommand_from check' -F
complete -c heddle -n __fish_use_subcommand -a test -d 'hold tasks against rows that are given and expected'
complete -c heddle -n '__fish_seen_subcommand_from test' -F
complete -c heddle -n __fish_use_subcommand -a graph -d 'show which task comes after which, and why'
complete -c heddle -n '__fish_seen_subcommand_from graph' -l format -r -a 'text dot mermaid json'
complete -c heddle -n '__fish_seen_subcommand_from graph' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a lineage -d 'show what a dataset or column is made of, and what is made of it'
complete -c heddle -n '__fish_seen_subcommand_from lineage' -l up -r
complete -c heddle -n '__fish_seen_subcommand_from lineage' -l down -r
complete -c heddle -n '__fish_seen_subcommand_from lineage' -a '(heddle completion datasets 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a run -d 'run a pipeline, or one of its tasks, now'
complete -c heddle -n '__fish_seen_subcommand_from run' -l partition -r
complete -c heddle -n '__fish_seen_subcommand_from run' -l param -r
complete -c heddle -n '__fish_seen_subcommand_from run' -l workers -r
complete -c heddle -n '__fish_seen_subcommand_from run' -l preview
complete -c heddle -n '__fish_seen_subcommand_from run' -l detach
complete -c heddle -n '__fish_seen_subcommand_from run' -l local
complete -c heddle -n '__fish_seen_subcommand_from run' -a '(heddle completion tasks 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a backfill -d 'make the partitions of a range that are missing'
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l from -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l to -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l mode -r -a 'missing failed missing+failed stale all'
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l upstream
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l downstream
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l exclude -r -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l external
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l backwards
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l param -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l max-active -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l workers -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l plan
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l apply -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l yes
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l overwrite -r
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l detach
complete -c heddle -n '__fish_seen_subcommand_from backfill' -l local
complete -c heddle -n '__fish_seen_subcommand_from backfill' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a retry -d 'do again what failed, in new runs that keep what succeeded'
complete -c heddle -n '__fish_seen_subcommand_from retry' -l failed
complete -c heddle -n '__fish_seen_subcommand_from retry' -l from -r
complete -c heddle -n '__fish_seen_subcommand_from retry' -l all
complete -c heddle -n '__fish_seen_subcommand_from retry' -l kept
complete -c heddle -n '__fish_seen_subcommand_from retry' -l latest
complete -c heddle -n '__fish_seen_subcommand_from retry' -l since -r
complete -c heddle -n '__fish_seen_subcommand_from retry' -l yes
complete -c heddle -n '__fish_seen_subcommand_from retry' -l workers -r
complete -c heddle -n '__fish_seen_subcommand_from retry' -l detach
complete -c heddle -n '__fish_seen_subcommand_from retry' -l local
complete -c heddle -n '__fish_seen_subcommand_from retry' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a serve -d 'own the state, and run pipelines by the clock and what commands ask for'
complete -c heddle -n '__fish_seen_subcommand_from serve' -l workers -r
complete -c heddle -n '__fish_seen_subcommand_from serve' -l watch
complete -c heddle -n '__fish_seen_subcommand_from serve' -l bind -r
complete -c heddle -n '__fish_seen_subcommand_from serve' -l web -r -a '(__fish_complete_directories)'
complete -c heddle -n '__fish_seen_subcommand_from serve' -l host -r
complete -c heddle -n '__fish_seen_subcommand_from serve' -l proxy -r
complete -c heddle -n __fish_use_subcommand -a deploy -d 'make new runs from the files as they are now'
complete -c heddle -n '__fish_seen_subcommand_from deploy' -l plan
complete -c heddle -n '__fish_seen_subcommand_from deploy' -l exit-code
complete -c heddle -n __fish_use_subcommand -a cancel -d 'end runs that are not final'
complete -c heddle -n '__fish_seen_subcommand_from cancel' -l yes
complete -c heddle -n '__fish_seen_subcommand_from cancel' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a pause -d 'start nothing new of a pipeline or a backfill'
complete -c heddle -n '__fish_seen_subcommand_from pause' -a '(heddle completion pipelines 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a resume -d 'let a pipeline or a backfill go on that was paused'
complete -c heddle -n '__fish_seen_subcommand_from resume' -a '(heddle completion pipelines 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a approve -d 'let a task go on that waits for a person, or see which do'
complete -c heddle -n '__fish_seen_subcommand_from approve' -l reject
complete -c heddle -n '__fish_seen_subcommand_from approve' -l note -r
complete -c heddle -n __fish_use_subcommand -a mark -d 'declare a partition or a task instance good, or not'
complete -c heddle -n '__fish_seen_subcommand_from mark' -a '(heddle completion datasets 2>/dev/null)'
complete -c heddle -n '__fish_seen_subcommand_from mark' -a 'success failed skipped missing'
complete -c heddle -n __fish_use_subcommand -a accept -d 'declare stale partitions good as they are'
complete -c heddle -n '__fish_seen_subcommand_from accept' -l from -r
complete -c heddle -n '__fish_seen_subcommand_from accept' -l to -r
complete -c heddle -n '__fish_seen_subcommand_from accept' -a '(heddle completion datasets 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a status -d 'show what is wrong, what runs and what is well'
complete -c heddle -n '__fish_seen_subcommand_from status' -l stale
complete -c heddle -n '__fish_seen_subcommand_from status' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a runs -d 'list runs, the latest first'
complete -c heddle -n '__fish_seen_subcommand_from runs' -l limit -r
complete -c heddle -n '__fish_seen_subcommand_from runs' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a show -d 'show one run, backfill, pipeline, task, dataset or domain'
complete -c heddle -n '__fish_seen_subcommand_from show' -a '(heddle completion pipelines 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a logs -d 'print what the tasks of a run wrote'
complete -c heddle -n '__fish_seen_subcommand_from logs' -l attempt -r
complete -c heddle -n '__fish_seen_subcommand_from logs' -l follow
complete -c heddle -n __fish_use_subcommand -a explain -d 'say why something does not run, and what to do'
complete -c heddle -n '__fish_seen_subcommand_from explain' -l at -r
complete -c heddle -n '__fish_seen_subcommand_from explain' -a '(heddle completion pipelines 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a alerts -d 'show what somebody should know of, and say that somebody does'
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l all
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l kind -r -a 'deadline_missed run_failed freshness_broken wait_timed_out'
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l limit -r
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l note -r
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l for -r
complete -c heddle -n '__fish_seen_subcommand_from alerts' -l reason -r
complete -c heddle -n '__fish_seen_subcommand_from alerts' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n '__fish_seen_subcommand_from alerts' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a schedule -d 'show when a pipeline, or a cron expression, is due next'
complete -c heddle -n '__fish_seen_subcommand_from schedule' -l cron -r
complete -c heddle -n '__fish_seen_subcommand_from schedule' -l timezone -r
complete -c heddle -n '__fish_seen_subcommand_from schedule' -l from -r
complete -c heddle -n '__fish_seen_subcommand_from schedule' -l limit -r
complete -c heddle -n '__fish_seen_subcommand_from schedule' -l ledger
complete -c heddle -n '__fish_seen_subcommand_from schedule' -a '(heddle completion pipelines 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a forecast -d 'say what will run, when, and what it will wait for'
complete -c heddle -n '__fish_seen_subcommand_from forecast' -l hours -r
complete -c heddle -n '__fish_seen_subcommand_from forecast' -l release -r -a '(__fish_complete_directories)'
complete -c heddle -n '__fish_seen_subcommand_from forecast' -a '(heddle completion selectors 2>/dev/null)'
complete -c heddle -n __fish_use_subcommand -a pools -d 'show who holds slots, and who waits for them'
complete -c heddle -n __fish_use_subcommand -a doctor -d 'examine the state: whole, lawful, readable by its owner only'
complete -c heddle -n __fish_use_subcommand -a backup -d 'copy the state and the stores while they are in use'
complete -c heddle -n '__fish_seen_subcommand_from backup' -a '(__fish_complete_directories)'
complete -c heddle -n __fish_use_subcommand -a restore -d 'put a backup in the place of the state'
complete -c heddle -n '__fish_seen_subcommand_from restore' -l force
complete -c heddle -n '__fish_seen_subcommand_from restore' -a '(__fish_complete_directories)'
complete -c heddle -n __fish_use_subcommand -a maintain -d 'remove what the mesh'\''s retention lets go'
complete -c heddle -n '__fish_seen_subcommand_from maintain' -l dry-run
complete -c heddle -n __fish_use_subcommand -a token -d 'let people and programs use the page and the API, and see who may'
complete -c heddle -n '__fish_seen_subcommand_from token' -l role -r -a 'viewer operator admin'
complete -c heddle -n '__fish_seen_subcommand_from token' -l domain -r
complete -c heddle -n '__fish_seen_subcommand_from token' -l expires -r
complete -c heddle -n '__fish_seen_subcommand_from token' -a 'create list revoke'
complete -c heddle -n __fish_use_subcommand -a audit -d 'show who changed what, when and from where'
complete -c heddle -n '__fish_seen_subcommand_from audit' -l verify
complete -c heddle -n '__fish_seen_subcommand_from audit' -l limit -r
complete -c heddle -n __fish_use_subcommand -a completion -d 'print a script that completes commands in a shell'
complete -c heddle -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c heddle -n __fish_use_subcommand -a version -d 'print the version'
complete -c heddle -n __fish_use_subcommand -a help -d 'show how a command is used'
complete -c heddle -n '__fish_seen_subcommand_from help' -l man
