/// What engineers who come from another tool are likely to write, and what it is called here.
enum ForeignWords {
  /// The advice for an unknown key in a section, if another tool knows it.
  static func advice(for word: String, in section: String) -> String? {
    let plain = word.lowercased().replacing("-", by: "_")
    return table[section]?[plain]
  }

  private static let pipeline: [String: String] = {
    var words: [String: String] = [:]
    for word in ["dag_id", "dag", "name", "id", "workflow", "job", "flow", "asset", "model"] {
      words[word] = "'pipeline: NAME' names it"
    }
    for word in ["schedule_interval", "cron", "cron_schedule", "timetable"] {
      words[word] = "'schedule: {cron: \"0 6 * * *\"}' says when it is due"
    }
    words["on"] =
      "'schedule: {on: inputs}' makes it due by data, 'schedule: {cron: \"0 6 * * *\"}' by the clock"
    for word in ["start_date", "end_date", "catchup", "timezone", "every", "interval"] {
      words[word] = "'start', 'end', 'catchup', 'timezone' and 'every' are keys of 'schedule'"
    }
    for word in ["steps", "jobs", "ops", "nodes", "stages", "operators", "templates", "assets", "models"] {
      words[word] = "'tasks: {NAME: {run: ...}}' lists what it does"
    }
    for word in ["inputs", "parameters", "variables", "vars", "config", "arguments"] {
      words[word] = "'params: {NAME: {type: string}}' declares values that a run may set"
    }
    for word in ["default_args", "defaults_args"] { words[word] = "'defaults' holds what tasks share" }
    for word in ["partitions_def", "partitions", "partition_by", "grain"] {
      words[word] = "'partition: daily' says what period a run covers"
    }
    for word in ["max_active_tasks", "concurrency", "parallelism", "max_parallel"] {
      words[word] = "'max_active_runs' bounds runs; 'slots' of the domain and 'pools' bound tasks"
    }
    words["uses"] = "'template: FILE' makes a pipeline from a template"
    words["sla"] = "'deadline: 2h' says when a run should be done"
    words["doc_md"] = "'description' says what it does"
    words["labels"] = "'tags' are words to select it by"
    words["env"] = "'defaults: {env: ...}' gives variables to all tasks"
    words["retry"] = "'defaults: {retry: ...}' holds for all tasks"
    words["retries"] = words["retry"]
    words["timeout"] = "'defaults: {timeout: 30m}' holds for all tasks"
    words["dagrun_timeout"] = "'deadline' says when a run should be done, 'timeout' bounds a task's attempt"
    words["owner"] = "the domain has the owner, in domain.yaml"
    words["depends_on"] =
      "tasks have 'after'; between pipelines the datasets they read and write make the order"
    words["needs"] = words["depends_on"]
    words["priority_weight"] = "'priority' orders ready tasks"
    return words
  }()

  private static let task: [String: String] = {
    var words: [String: String] = [:]
    for word in [
      "depends_on", "needs", "dependencies", "depends", "deps", "upstream", "upstreams", "requires",
      "require",
      "dependson", "trigger_after", "start_after", "wait_for", "set_upstream",
    ] {
      words[word] = "'after: [TASK]' orders tasks without data; what they read and write does so by itself"
    }
    for word in ["retries", "max_retries", "retry_policy", "retrystrategy", "retry_strategy", "num_retries"] {
      words[word] = "'retry: {attempts: 3}' counts tries in all, so two retries are three attempts"
    }
    for word in ["retry_delay", "retry_exponential_backoff", "backoff", "attempts", "max_retry_delay"] {
      words[word] =
        "'retry: {attempts: 3, delay: 10s, backoff: exponential, max_delay: 5m}' says how to retry"
    }
    for word in [
      "expand", "map", "matrix", "strategy", "foreach", "for_each", "loop", "withitems", "with_items",
      "withparam",
      "with_param", "withsequence", "expand_kwargs", "parallel", "dynamic",
    ] {
      words[word] = "'each: [a, b]' or 'each: {sql: ...}' makes one instance for each value"
    }
    for word in [
      "bash_command", "bash", "cmd", "cmds", "command", "commands", "script", "shell", "exec", "entrypoint",
      "python_callable", "args", "arguments",
    ] {
      words[word] = "'run: ./program' or 'run: [program, argument]' starts a process"
    }
    for word in ["query", "statement", "statements", "sql_file", "select"] {
      words[word] = "'sql' holds statements or the name of a .sql file"
    }
    for word in ["if", "condition", "conditions", "skip_if", "run_if", "preconditions"] {
      words[word] = "'when' holds an SQL condition, such as \":partition >= '2013-01-02'\""
    }
    for word in [
      "timeout_minutes", "execution_timeout", "timeout_seconds", "timeoutsec", "activedeadlineseconds",
    ] {
      words[word] = "'timeout: 30m' bounds an attempt"
    }
    for word in ["environment", "env_vars", "envs", "variables"] {
      words[word] = "'env: {NAME: value}' sets variables of the process"
    }
    for word in ["inputs", "inlets", "ins", "sources", "source", "input", "read", "from", "consumes"] {
      words[word] = "'reads: domain.dataset' says what it reads"
    }
    for word in ["outputs", "outlets", "outs", "output", "write", "produces", "creates"] {
      words[word] = "'writes: domain.dataset' says what a process writes, 'into' where rows of SQL go"
    }
    for word in ["table", "target", "destination", "to", "dataset"] {
      words[word] = "'into: domain.dataset' says where rows of SQL or of a load go"
    }
    for word in ["materialized", "materialization", "incremental_strategy", "write_disposition"] {
      words[word] = "'mode: replace | partition | append | merge' says how rows meet those that are there"
    }
    for word in ["unique_key", "primary_key", "keys"] {
      words[word] = "'key' names the columns for 'mode: merge'"
    }
    for word in ["continue_on_error", "continueonerror", "ignore_failure", "continue_on"] {
      words[word] = "'allow_failure: true' keeps its failure from failing the run"
    }
    for word in ["uses", "use", "type", "operator", "kind", "plugin"] {
      words[word] =
        "a task is 'run', 'sql', 'load', 'wait', 'approve' or 'trigger'; a 'template' makes whole pipelines"
    }
    for word in ["name", "id", "task_id", "task"] { words[word] = "a task's name is its key under 'tasks'" }
    for word in ["sensor", "wait_for", "filepath", "external_task_id", "poke_interval", "freshness"] {
      words[word] = "'wait: {file: ...}', or 'http', 'sql', 'fresh', 'until', waits without a worker"
    }
    for word in ["approval", "manual", "suspend", "human_input", "hitl", "input_required"] {
      words[word] = "'approve: {by: [team]}' waits until somebody approves"
    }
    for word in ["trigger_dag_id", "subflow", "sub_workflow", "call", "workflow_call", "child"] {
      words[word] = "'trigger: domain/pipeline' makes a run of another pipeline"
    }
    words["soft_fail"] = "'on_timeout: skip' skips what has waited too long"
    words["schema"] = "'columns: {NAME: type}' tells names and types"
    words["pool_slots"] = "a task takes one slot of its 'pool'"
    words["priority_weight"] = "'priority' is the pipeline's"
    words["on_exit_code"] = "'retry: {on_exit: [75]}' limits which exit codes are tried again"
    words["secret"] = "'secrets: [NAME]' gives a secret to the process"
    words["wait_for_downstream"] = "'depends_on_past: true' waits for the partition before"
    words["max_active_tis_per_dag"] = "'each: {max_active: 3}' or a pool bounds what runs at once"
    words["working_directory"] = "a process runs in the folder of the declaring file"
    words["cwd"] = words["working_directory"]
    words["always_run"] = "'teardown: true' or 'trigger_rule: all_done' runs it whatever happened"
    return words
  }()

  /// Where other tools say who is told of what went wrong.
  private static let alerting: [String: String] = {
    var words: [String: String] = [:]
    for word in [
      "notifications", "notification", "alerts", "alert", "hooks", "hooks_on_failure", "on_failure_callback",
      "on_failure", "email_on_failure", "sensors", "exit_handlers", "handler_on", "on",
    ] {
      words[word] = "'notify: [{on: [run_failed], run: [PROGRAM]}]' says who is told of alerts"
    }
    return words
  }()

  private static let table: [String: [String: String]] = [
    "pipeline": pipeline, "template": pipeline, "task": task,
    "retry": [
      "retries": "'attempts' counts tries in all", "limit": "'attempts' counts tries in all",
      "count": "'attempts' counts tries in all", "max_attempts": "'attempts' counts tries in all",
      "max": "'attempts' counts tries in all, 'max_delay' is the longest delay",
      "interval": "'delay' is the time before the second attempt",
      "wait": "'delay' is the time before the second attempt",
      "factor": "'backoff: exponential' doubles the delay", "exit_codes": "'on_exit' lists exit codes",
    ],
    "schedule": [
      "interval": "'every: 30m' is a steady rhythm", "expression": "'cron' holds the expression",
      "tz": "'timezone' names the zone", "zone": "'timezone' names the zone",
      "start_date": "'start' is the first",
      "end_date": "'end' is the first that is left out",
    ],
    "load": [
      "path": "'file' is the path", "csv": "'file' is the path, 'format: csv' how it is written",
      "command": "'run' is the process", "cmd": "'run' is the process", "type": "'format' is csv or jsonl",
    ],
    "wait": [
      "path": "'file' is the path", "url": "'http' is the address", "query": "'sql' gives a row",
      "dataset": "'fresh' is the dataset", "time": "'until' is the time", "interval": "'poll' says how often",
      "poke_interval": "'poll' says how often", "timeout": "'timeout' is the task's, beside 'wait'",
      "on_timeout": "'on_timeout' is the task's, beside 'wait'",
    ],
    "approve": [
      "approvers": "'by' lists who may approve", "users": "'by' lists users and groups",
      "teams": "'by' lists users and groups", "groups": "'by' lists users and groups",
      "timeout": "'timeout' is the task's, beside 'approve'",
    ],
    "trigger": [
      "dag_id": "'pipeline' names it", "conf": "'params' gives values", "inputs": "'params' gives values",
      "wait_for_completion": "'wait' says whether to wait for its end",
      "key": "'partition' is the key",
    ],
    "each": [
      "items": "'list' holds the values", "values": "'list' holds the values",
      "query": "'sql' gives the values",
      "parallel": "'max_active' bounds how many run at once",
      "concurrency": "'max_active' bounds how many run at once",
    ],
    "domain": [
      "name": "'domain' is its name", "team": "'owner' is the team that answers for it",
      "database": "'store: {sqlite: FILE}' is its database", "db": "'store: {sqlite: FILE}' is its database",
      "weight": "'share' is its weight", "external": "'sources' are datasets from outside",
      "inputs": "'sources' are datasets from outside",
    ].merging(alerting) { first, _ in first },
    "mesh": [
      "variables": "'values' are what all tasks know", "vars": "'values' are what all tasks know",
      "default_args": "'defaults' holds what tasks share",
    ].merging(alerting) { first, _ in first },
    "notify": [
      "events": "'on' lists the kinds of alerts", "kinds": "'on' lists the kinds of alerts",
      "when": "'on' lists the kinds of alerts", "if": "'on' lists the kinds of alerts",
      "command": "'run' is the process", "cmd": "'run' is the process", "script": "'run' is the process",
      "webhook": "'run: [curl, ...]' calls a web address; the alerts are in the file $HEDDLE_ALERT_FILE",
      "url": "'run: [curl, ...]' calls a web address; the alerts are in the file $HEDDLE_ALERT_FILE",
      "slack": "'run: [curl, ...]' calls a web address; the alerts are in the file $HEDDLE_ALERT_FILE",
      "email": "'run' starts what sends mail; the alerts are in the file $HEDDLE_ALERT_FILE",
    ],
    "param": [
      "min": "'minimum' is the least", "max": "'maximum' is the greatest",
      "enum": "'allowed' lists the values",
      "choices": "'allowed' lists the values", "options": "'allowed' lists the values",
      "value": "'default' is it",
    ],
  ]
}

extension String {
  /// The text with one character in the place of another.
  fileprivate func replacing(_ old: Character, by new: Character) -> String {
    String(map { $0 == old ? new : $0 })
  }
}
