import MeshModel

extension KeyTable {
  static let task = KeySection(
    "task", "tasks: NAME: in a pipeline", taskKinds + taskData + taskOrder + taskLimits)

  private static let taskKinds: [Key] = [
    Key("description", .text, "What it does."),
    Key(
      "run", .either([.text, .values]),
      "A process: a text is given to `/bin/sh -c` as it is, a list is started without a shell. It runs in the "
        + "folder of the declaring file."),
    Key(
      "sql", .sql,
      "Statements, in one transaction, or with `into` one SELECT; on one line ending in `.sql` a file that holds "
        + "them, relative to this one."),
    Key("load", .section("load"), "Rows of CSV (with a header line) or of JSON lines; needs `into`."),
    Key(
      "wait", .section("wait"),
      "Waits for a file, a web address, a row, fresh data or a moment, without a worker or a slot."),
    Key(
      "approve", .section("approve"),
      "Waits until a person says `heddle approve`, who is not the one that asked for the run."),
    Key(
      "trigger", .either([.text, .section("trigger")]),
      "Makes a run of another pipeline (`domain/name`, in the own domain also `name`) and ends as it does."),
  ]

  private static let taskData: [Key] = [
    Key("into", .dataset, "The dataset of the own domain that the rows of `sql` or `load` go into."),
    Key(
      "mode", .choice(Target.Mode.allCases.map(\.rawValue)), default: "replace",
      "How they meet the rows that are there: `replace` all, `partition` replaces exactly those of this partition, "
        + "`append` adds, and first removes what earlier attempts and runs of this partition added, `merge` "
        + "inserts or updates by `key`."),
    Key(
      "partition_by", .texts,
      "For mode `partition`: the column that says which partition a row belongs to; under `each` also the one of "
        + "its value, which mode `replace` needs there too."),
    Key("key", .texts, "For mode `merge`: the columns that identify a row."),
    Key(
      "columns", .map(of: .choice(ColumnType.allCases.map(\.rawValue))),
      "Names and types of what a `load` or a `run` writes."),
    Key("null", .nullTexts, default: "\"\"", "For `load`: what means NULL in the file."),
    Key(
      "on_bad_row", .choice(LoadTask.BadRowRule.allCases.map(\.rawValue)), default: "fail",
      "For `load`: a row that does not fit fails the task, or is skipped and counted."),
    Key(
      "reads", .either([.dataset, .map(of: .section("read"))]),
      "Datasets it reads: one, a list, or a mapping with terms. For SQL, which tells them itself, it only refines."
    ),
    Key(
      "writes", .either([.dataset, .map(of: .section("write"))]),
      "For `run`: datasets of the own domain that it writes: one, a list, or a mapping."),
  ]

  private static let taskOrder: [Key] = [
    Key("after", .names, "Tasks of the same pipeline that come before it, without data between them."),
    Key("when", .sql, "An expression or a SELECT; false, 0 or NULL skips the task."),
    Key(
      "trigger_rule", .choice(TriggerRule.allCases.map(\.rawValue)), default: "all_success",
      "What the final states of the tasks before it must be."),
    Key(
      "each", .either([.values, .section("each")]),
      "Makes one instance of the task for each value of a list, which it knows as `:each` and `HEDDLE_EACH`."),
    Key(
      "teardown", .boolean, default: "false",
      "It cleans up: it runs once the tasks before it are final, whatever happened."),
    Key(
      "depends_on_past", .boolean, default: "false",
      "The same task must have succeeded for the partition before."),
    Key(
      "external", .boolean, default: "false",
      "It has effects outside: a backfill leaves it out unless asked."),
    Key(
      "allow_failure", .boolean, default: "false",
      "Its failure does not fail the run, and is a success to the tasks after it, whatever their `trigger_rule`."
    ),
  ]

  private static let taskLimits: [Key] = [
    Key("retry", .section("retry"), "When and how often a failed attempt is repeated."),
    Key(
      "timeout", .duration(from: .milliseconds(1), orNone: true), default: "none",
      "How long an attempt may run. What waits always has one: its own, else as long as the pipeline's `deadline`, "
        + "else 7 days, from when it begins to wait or from the end of the interval, whichever is later."),
    Key(
      "on_timeout", .choice(OnTimeout.allCases.map(\.rawValue)), default: "fail",
      "For `wait`, `approve` and `trigger`: what has waited too long fails, or is skipped."),
    Key(
      "isolate", .boolean, default: "false",
      "For `sql` and for a `load` of a file: each attempt runs in a process of its own, with 1 GiB of memory, "
        + "which a stop ends at once, whatever it does."),
    Key("pool", .name, default: "none", "The pool that it takes a slot of."),
    Key("env", .map(of: .value), "Variables of its process."),
    Key(
      "secrets", .texts,
      "Variables of its process whose values are files under `secrets/` in the state directory."),
  ]

  static let load = KeySection(
    "load", "load: in a task",
    [
      Key("file", .value, "The file, relative to the project."),
      Key("run", .either([.text, .values]), "A process that prints the rows, instead of `file`."),
      Key(
        "format", .choice(LoadTask.Format.allCases.map(\.rawValue)),
        default: "jsonl for *.jsonl and *.ndjson, else csv", "How the rows are written."),
    ])

  private static let poll = KeyType.duration(from: .seconds(1), orNone: false)

  static let wait = KeySection(
    "wait", "wait: in a task",
    [
      Key("file", .value, "Until the file or folder is there; relative to the project."),
      Key("http", .value, "Until `curl` gets an answer of success (2xx) from the address."),
      Key("sql", .sql, "Until a condition, or the value of a SELECT, is true; what it reads counts as read."),
      Key("fresh", .dataset, "Until the newest version of the dataset is no older than `within`."),
      Key("within", .duration(from: .milliseconds(1), orNone: false), "For `fresh`."),
      Key(
        "until", .value,
        "Until a time of day (`06:30`, on the day on which the interval ends), a date and time, both on the "
          + "pipeline's clock, or one in UTC (`2013-01-31T06:30:00Z`)."),
      Key(
        "poll", poll, default: "5s for file, else 30s",
        "From one look at `file`, `http` or `sql` to the next."),
    ])

  static let approve = KeySection(
    "approve", "approve: in a task",
    [
      Key(
        "by", .texts, default: "anybody",
        "Users, or groups of the machine (a team is a group there), of whom one decides.")
    ])

  static let trigger = KeySection(
    "trigger", "trigger: in a task",
    [
      Key(required: "pipeline", .text, "The pipeline: `domain/name`, in the own domain also `name`."),
      Key(
        "partition", .value, default: "the run's own, or the one that holds the start of its interval",
        "The key of the partition to make. Needed where the other pipeline's partitions are shorter."),
      Key("params", .map(of: .value), "Values for the params of the other pipeline."),
      Key(
        "wait", .boolean, default: "true",
        "It waits, and ends as that run does; else it has succeeded once the run is made."),
    ])

  static let each = KeySection(
    "each", "each: in a task",
    [
      Key("sql", .sql, "The first column of its rows; what it reads counts as read by the task."),
      Key("list", .values, "The values themselves."),
      Key("of", .name, "A task of the pipeline: one instance for each of its instances, following it."),
      Key("max_active", .integer(count), default: "no limit", "How many instances may be active at once."),
    ])

  static let read = KeySection(
    "read", "reads: DATASET: in a task",
    [
      Key(
        "window", .duration(from: .milliseconds(1), orNone: false), default: "the run's own interval",
        "Reaches back this far from the end of the interval."),
      Key(
        "offset", .integer(-10_000...0), default: "0",
        "Shifts the interval by whole partitions: -1 is the one before."),
      Key(
        "freshness", .duration(from: .milliseconds(1), orNone: false),
        "Asks for age: the newest version is no older than this."),
      Key(
        "on_missing", .choice(ReadDeclaration.OnMissing.allCases.map(\.rawValue)), default: "wait",
        "What to do about partitions that cannot come."),
    ])

  static let write = KeySection(
    "write", "writes: DATASET: in a task",
    [
      Key(
        "columns", .map(of: .choice(ColumnType.allCases.map(\.rawValue))),
        "Names and types of its columns.")
    ])

  static let retry = KeySection(
    "retry", "retry: in a task or in defaults",
    [
      Key("attempts", .integer(1...1000), default: "1", "Tries in all; lost ones count apart."),
      Key("delay", .duration(from: .zero, orNone: false), default: "10s", "Before the second attempt."),
      Key(
        "backoff", .choice(RetryPolicy.Backoff.allCases.map(\.rawValue)), default: "constant",
        "How the delay grows from one attempt to the next."),
      Key("max_delay", .duration(from: .zero, orNone: true), default: "none", "The longest delay."),
      Key("jitter", .number(0...1), default: "0", "The part of a delay that chance may add."),
      Key(
        "on_exit", .exitCodes, default: "all",
        "Only these exit codes, and 75, are tried again."),
      Key(
        "lost", .integer(0...1000), default: "3",
        "How many attempts may be lost (to a crash or a restart) before the task fails."),
    ])
}
