import MeshModel

/// Every key of every declaration: the one table that the reader checks against and that the documentation is
/// made from.
public enum KeyTable {
  /// In the order of the documentation.
  public static let sections: [KeySection] = [
    mesh, pool, retention, notify, environment, domain, store, source, defaults, pipeline, schedule,
    dataTrigger,
    parameter, task,
    load, wait, approve, trigger, each, read, write, retry, computed, template, accepted, test, testCase,
  ]

  /// Sections that no key of the others is looked for in.
  static let apart: Set<String> = ["template", "test", "case"]

  /// The section of that name.
  public static func section(_ name: String) -> KeySection? { sections.first { $0.name == name } }

  static let count = 1...10_000

  static let mesh = KeySection(
    "mesh", "dags/mesh.yaml: what binds all domains",
    [
      Key(
        "pools", .map(of: .either([.integer(count), .section("pool")])),
        "Slots that tasks of any domain share, by name: `pools: {reporting: 2}`."),
      Key(
        "values", .map(of: .scalar),
        "Values that every SQL statement knows as `:name` and every process as `HEDDLE_VALUE_<NAME>`."),
      Key("defaults", .section("defaults"), "What holds for all tasks that say nothing else."),
      Key("retention", .section("retention"), "How long the state keeps what is over."),
      Key("notify", .list(of: .section("notify")), "Who is told of the alerts of all domains."),
    ])

  private static let alertKind = KeyType.choice(AlertKind.allCases.map(\.rawValue))

  static let notify = KeySection(
    "notify", "notify: in mesh.yaml and domain.yaml",
    [
      Key(
        required: "on", .either([alertKind, .list(of: alertKind)]),
        "The kinds of alerts: one, or a list."),
      Key(
        required: "run", .either([.text, .values]),
        "A process that tells somebody: a text is given to `/bin/sh -c` as it is, a list is started without a "
          + "shell. It runs in the folder of the declaring file, for 60 s at most."),
    ])

  static let retention = KeySection(
    "retention", "retention: in mesh.yaml",
    [
      Key(
        "runs", .duration(from: .seconds(60), orNone: true), default: "90d",
        "Final runs, from their end. The latest run of each partition stays, and what made the data that counts."
      ),
      Key("logs", .duration(from: .seconds(60), orNone: true), default: "30d", "Logs of final runs."),
      Key(
        "events", .duration(from: .seconds(60), orNone: true), default: "30d",
        "The event log; a snapshot of the tables stands for what is older."),
    ])

  static let pool = KeySection(
    "pool", "pools: NAME: in mesh.yaml",
    [
      Key(required: "slots", .integer(count), "How many of its tasks may run at once."),
      Key("description", .text, "What it protects."),
    ])

  static let environment = KeySection(
    "environment", "dags/NAME.env.yaml: what is otherwise with --env NAME",
    [
      Key(required: "environment", .name, "Its name, that of its file."),
      Key("description", .text, "What it is for."),
      Key("schedules", .boolean, default: "true", "Whether its daemon makes runs by clock and by data."),
      Key("notifications", .boolean, default: "true", "Whether alerts are told to anybody."),
      Key("values", .map(of: .scalar), "Values of `mesh.yaml` that are others here."),
      Key("stores", .map(of: .section("store")), "Stores of domains that are others here, by domain."),
      Key(
        "borrow", .names,
        "Domains whose products are read from production's stores; none of their pipelines is here."),
    ])

  static let domain = KeySection(
    "domain", "dags/DOMAIN/domain.yaml: who owns the domain, and its limits",
    [
      Key(required: "domain", .name, "Its name, that of its folder. Not `main`, `temp` or `heddle`."),
      Key("title", .text, "Its name for people."),
      Key("description", .text, "What it is about."),
      Key(required: "owner", .text, "The team that answers for it."),
      Key("contact", .text, "How to reach the team."),
      Key(
        "store", .section("store"), default: "{sqlite: DOMAIN.db}", "The database that holds its datasets."),
      Key("slots", .integer(count), default: "no limit", "At most this many of its tasks run at once."),
      Key("share", .integer(1...1000), default: "1", "Its weight when domains compete for workers."),
      Key("defaults", .section("defaults"), "What holds for its tasks; goes before the mesh's defaults."),
      Key(
        "notify", .list(of: .section("notify")),
        "Who is told of its alerts, besides those whom the mesh tells."),
      Key(
        "sources", .map(of: .section("source")),
        "Its datasets that come from outside. To read what nobody writes and is not listed is an error."),
    ])

  static let store = KeySection(
    "store", "store: in domain.yaml",
    [Key(required: "sqlite", .path, "The file, relative to `stores/` in the state directory.")])

  static let source = KeySection(
    "source", "sources: NAME: in domain.yaml",
    [
      Key("description", .text, "Where it comes from."),
      Key(
        "columns", .map(of: .choice(ColumnType.allCases.map(\.rawValue))),
        "Names and types of its columns; SQL that reads it needs them."),
    ])

  static let defaults = KeySection(
    "defaults", "defaults: in mesh.yaml, domain.yaml and pipelines",
    [
      Key("retry", .section("retry"), "Merged key by key: the nearest one that says something holds."),
      Key(
        "timeout", .duration(from: .milliseconds(1), orNone: true), default: "none",
        "How long an attempt may run."),
      Key("pool", .name, "The pool that tasks take a slot of; `none` for none."),
      Key(
        "env", .map(of: .value),
        "Variables of all processes; merged name by name, the nearest one holds."),
    ])

  static let computed = KeySection(
    "computed value", "{sql: ...} in the place of a value",
    [
      Key(
        required: "sql", .sql,
        "One row with one column, computed with the values of the run. In `load: file`, `env`, items of "
          + "`run`, what a `wait` looks at, and the partition and params of a `trigger`."
      )
    ])
}
