import MeshModel

extension KeyTable {
  static let pipeline = KeySection(
    "pipeline", "dags/DOMAIN/PIPELINE.yaml: one pipeline",
    [
      Key(
        required: "pipeline", .name,
        "Its name; its full name is `domain/name`. The file should have the same name.")
    ] + pipelineBody + [
      Key(
        "template", .path,
        "A template to make the pipeline from, relative to this file. Keys here go before the template's."),
      Key("with", .map(of: .any), "The values that the template asks for."),
    ])

  /// What a pipeline and a template have in common.
  static let pipelineBody: [Key] = [
    Key("description", .text, "What it does."),
    Key("tags", .names, "Words to select it by: `tag:daily`."),
    Key("schedule", .section("schedule"), "When it is due. Without one it runs by hand only."),
    Key(
      "partition", .choice(Grain.allCases.map(\.rawValue) + ["none"]), default: "none",
      "The period of the calendar that one run covers."),
    Key("max_active_runs", .integer(count), default: "1", "How many of its runs may be active at once."),
    Key(
      "priority", .integer(-1_000_000...1_000_000), default: "0",
      "Orders ready tasks within a domain: higher ones first."),
    Key(
      "deadline", .duration(from: .milliseconds(1), orNone: false),
      "How long after the end of its interval a run should be done; missing it alerts."),
    Key(
      "lookback", .integer(0...1000), default: "0",
      "Each run also rebuilds this many partitions before its own."),
    Key("params", .map(of: .section("param")), "Typed values that whoever starts a run may set."),
    Key("defaults", .section("defaults"), "What holds for its tasks; goes before the domain's defaults."),
    Key("tasks", .map(of: .section("task")), "What it does, by name; at least one task."),
  ]

  static let schedule = KeySection(
    "schedule", "schedule: in a pipeline",
    [
      Key("cron", .cron, "Five fields: minute, hour, day of month, month, day of week."),
      Key("every", .duration(from: .seconds(1), orNone: false), "A steady rhythm, instead of `cron`."),
      Key(
        "on", .either([.choice(["inputs"]), .dataset, .section("on")]),
        "Data that makes it due, instead of a clock: `inputs` is what its tasks read of other pipelines; one "
          + "dataset, or a list of which all must be there; or `{any: [...]}`, of which one is enough."),
      Key(
        "timezone", .zone, default: "UTC",
        "The zone that the cron, the partitions, `start` and `end` are counted in."),
      Key(
        "calendar", .path,
        "A file of dates to leave out (`2013-12-25`), to add (`+2013-12-28`), and of weekdays to leave out "
          + "(`sat`), one a line, `#` for comments. Relative to this file; dates of `timezone`."),
      Key(
        "on_excluded", .choice(Schedule.OnExcluded.allCases.map(\.rawValue)), default: "skip",
        "What becomes of a tick on a date that the calendar leaves out: it is none, or it moves to the same time "
          + "of the next or previous date that is not left out."),
      Key("start", .moment, "The first partition begins here or later."),
      Key("end", .moment, "Partitions begin before this."),
      Key(
        "catchup", .choice(Schedule.Catchup.allCases.map(\.rawValue)), default: "latest",
        "Which of the intervals that were missed are made up for."),
      Key(
        "gap", .choice(Schedule.Gap.allCases.map(\.rawValue)), default: "after",
        "What becomes of a local time that daylight saving leaves out."),
      Key(
        "fold", .choice(Schedule.Fold.allCases.map(\.rawValue)), default: "first",
        "What becomes of a local time that daylight saving repeats."),
      Key(
        "delay", .duration(from: .zero, orNone: false), default: "0s",
        "How long after a tick its run is made, for data that comes late."),
      Key(
        "refresh", .choice(DataTrigger.Refresh.allCases.map(\.rawValue)), default: "none",
        "With `on`: `auto` makes a partition again when the data that made it due is renewed."),
      Key(
        "when_full", .choice(Schedule.WhenFull.allCases.map(\.rawValue)), default: "queue",
        "What becomes of a tick, or of data that came, when as many of its runs are live, queued ones "
          + "included and cancelled ones not, as `max_active_runs` says."
      ),
    ])

  static let dataTrigger = KeySection(
    "on", "on: in schedule:",
    [
      // A list of one is the same as the dataset alone.
      Key(required: "any", .dataset, "Datasets of which one is enough: one, or a list.")
    ])

  static let parameter = KeySection(
    "param", "params: NAME: in a pipeline",
    [
      Key(
        required: "type", .choice(Parameter.Kind.allCases.map(\.rawValue)),
        "What kind of value it takes; a date is `YYYY-MM-DD`."),
      Key("default", .scalar, "Its value when nobody sets it; without one it must be given."),
      Key("minimum", .number(-1e18...1e18), "The least number that is allowed."),
      Key("maximum", .number(-1e18...1e18), "The greatest number that is allowed."),
      Key("allowed", .values, "The only values that are allowed."),
      Key("description", .text, "What it does."),
    ])

  static let template = KeySection(
    "template", "a template: a file in the place of a pipeline that begins with accepts:",
    [
      Key(
        required: "accepts", .map(of: .section("accepted value")),
        "The values it asks for. `{with: NAME}` in the place of any value below stands for one of them, "
          + "whole; never a part of a text. Paths in it are relative to it.")
    ] + pipelineBody)

  static let accepted = KeySection(
    "accepted value", "accepts: NAME: in a template",
    [
      Key(
        required: "type", .choice(AcceptedKind.allCases.map(\.rawValue)),
        "What the pipeline may give."),
      Key("default", .any, "What it is when the pipeline gives nothing; without one it must be given."),
      Key("description", .text, "What it does."),
    ])
}

/// What a template's value may be.
enum AcceptedKind: String, CaseIterable {
  case string, integer, number, boolean, date, duration, dataset, list, mapping, any
}
