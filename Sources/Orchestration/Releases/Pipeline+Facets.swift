import Basics
import Diagnostics
import MeshModel

/// What a declaration says, key by key, without where it says it: equal for two that mean the same.
typealias Facets = [(key: String, value: String)]

extension Pipeline {
  /// What it says besides its tasks.
  var facets: Facets {
    [
      ("description", description ?? ""), ("tags", "\(tags)"),
      ("schedule", scheduleWords ?? ""),
      ("partition", grain?.rawValue ?? ""), ("timezone", timezone),
      ("start", "\(start.map(\.daysText) ?? "")"),
      ("end", "\(end.map(\.daysText) ?? "")"), ("max_active_runs", "\(maxActiveRuns)"),
      ("priority", "\(priority)"), ("deadline", "\(deadline.map { "\($0)" } ?? "")"),
      ("lookback", "\(lookback)"),
      ("params", "\(params.map(\.words))"),
    ]
  }
}

extension Pipeline {
  /// When it is due, by the clock or by data, and what else its schedule says; nil: only by hand.
  var scheduleWords: String? {
    guard let dataTrigger else { return schedule?.words(in: timezone) }
    var words = [dataTrigger.words]
    if dataTrigger.refresh != .none { words.append("refresh \(dataTrigger.refresh.rawValue)") }
    if dataTrigger.whenFull != .queue { words.append("when_full \(dataTrigger.whenFull.rawValue)") }
    return words.joined(separator: ", ")
  }
}

extension CivilTime {
  fileprivate var daysText: String { text(separator: " ") }
}

extension Parameter {
  fileprivate var words: String {
    "\(name) \(kind) \(defaultValue.map { "\($0)" } ?? "-") \(minimum ?? 0) \(maximum ?? 0) \(allowed.map { "\($0)" } ?? "-")"
  }
}

extension Schedule {
  /// When it is due and what else it says, in words.
  func words(in zone: String) -> String {
    let due =
      switch trigger {
      case .cron(let expression): "cron \(expression.value)"
      case .every(let span): "every \(span.wholeMilliseconds / 1000) s"
      }
    var words = ["\(due), \(zone)", "catchup \(catchup.rawValue)"]
    if gap != .after { words.append("gap \(gap.rawValue)") }
    if fold != .first { words.append("fold \(fold.rawValue)") }
    if whenFull != .queue { words.append("when_full \(whenFull.rawValue)") }
    if delay != .zero { words.append("delay \(delay.wholeMilliseconds / 1000) s") }
    if let calendar {
      words.append("calendar \(calendar.path) (\(calendar.digest.prefix(8))) \(onExcluded.rawValue)")
    }
    return words.joined(separator: ", ")
  }
}

extension TaskDeclaration {
  /// What it says.
  var facets: Facets {
    kind.facets + [
      ("reads", "\(reads.map(\.words).sorted())"), ("writes", "\(writes.map(\.words).sorted())"),
      ("after", "\(after.map(\.value).sorted())"), ("when", when?.text ?? ""),
      ("each", each?.words ?? ""), ("trigger_rule", triggerRule.rawValue), ("retry", "\(retry)"),
      ("timeout", timeout.map { "\($0)" } ?? ""), ("on_timeout", onTimeout.rawValue), ("pool", pool ?? ""),
      ("env", "\(env.map { "\($0.name)=\($0.value.words)" })"),
      ("secrets", "\(secrets.map(\.value).sorted())"),
      ("allow_failure", "\(allowFailure)"), ("teardown", "\(teardown)"),
      ("depends_on_past", "\(dependsOnPast)"),
      ("external", "\(external)"), ("isolate", "\(isolate)"), ("description", description ?? ""),
    ]
  }
}

extension TaskKind {
  fileprivate var facets: Facets {
    switch self {
    case .run(let command): [("run", command.words)]
    case .sql(let task): [("sql", task.text.text)] + (task.into?.facets ?? [])
    case .load(let task):
      [
        ("load", task.source.words + (task.format.map { " \($0.rawValue)" } ?? "")),
        ("columns", "\(task.columns.map(\.words))"), ("null", "\(task.nullTexts)"),
        ("on_bad_row", task.onBadRow.rawValue),
      ] + task.into.facets
    case .wait(let wait): [("wait", wait.condition.words), ("poll", "\(wait.poll)")]
    case .approve(let approval): [("approve", "\(approval.by.map(\.value).sorted())")]
    case .trigger(let trigger):
      [
        ("trigger", "\(trigger.pipeline.value)"),
        ("partition", trigger.partition?.words ?? ""), ("wait", "\(trigger.waits)"),
        ("params", "\(trigger.params.map { "\($0.name)=\($0.value.words)" })"),
      ]
    }
  }
}

extension WaitTask.Condition {
  fileprivate var words: String {
    switch self {
    case .file(let value): "file \(value.words)"
    case .http(let value): "http \(value.words)"
    case .sql(let text): "sql \(text.text)"
    case .fresh(let dataset, let within): "fresh \(dataset.value) \(within)"
    case .until(let value): "until \(value.words)"
    }
  }
}

extension LoadTask.Source {
  fileprivate var words: String {
    switch self {
    case .file(let path): "file \(path.words)"
    case .command(let command): "run \(command.words)"
    }
  }
}

extension Command {
  /// With its folder as the project calls it, wherever the copy is.
  fileprivate var words: String {
    let parts = directory.split(separator: "/")
    let place = parts[(parts.lastIndex(of: "dags") ?? 0)...].joined(separator: "/")
    return switch form {
    case .shell(let text): "\(place) sh \(text)"
    case .arguments(let arguments): "\(place) \(arguments.map(\.words))"
    }
  }
}

extension Target {
  fileprivate var facets: Facets {
    [
      ("into", dataset.description), ("mode", mode.rawValue), ("partition_by", "\(partitionBy)"),
      ("key", "\(key)"),
    ]
  }
}

extension ValueExpression {
  fileprivate var words: String {
    switch self {
    case .literal(let value): "\(value)"
    case .sql(let text): "sql \(text.text)"
    }
  }
}

extension Column {
  fileprivate var words: String { "\(name) \(type.rawValue)" }
}

extension ReadDeclaration {
  fileprivate var words: String {
    "\(dataset) \(window.map { "\($0)" } ?? "-") \(offset) \(freshness.map { "\($0)" } ?? "-") \(onMissing.rawValue)"
  }
}

extension WriteDeclaration {
  fileprivate var words: String { "\(dataset) \(columns.map(\.words))" }
}

extension FanOut {
  fileprivate var words: String {
    let values =
      switch source {
      case .list(let values): "\(values)"
      case .sql(let text): "sql \(text.text)"
      case .of(let task): "of \(task.value)"
      }
    return "\(values) \(maxActive ?? 0)"
  }
}
