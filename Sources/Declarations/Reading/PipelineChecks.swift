import Basics
import Diagnostics
import MeshModel
import Timetables

/// Checks what the tasks of a pipeline say of each other.
struct PipelineChecks {
  let pipeline: Pipeline
  let scope: Scope
  private let places: [String: Int]

  private var findings: Findings { scope.findings }

  init(pipeline: Pipeline, scope: Scope) {
    self.pipeline = pipeline
    self.scope = scope
    places = Dictionary(
      pipeline.tasks.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  func run() {
    checkCoverage()
    checkNamespace()
    for task in pipeline.tasks {
      checkAfter(task)
      checkEach(task)
    }
    checkEachCycles()
    if !pipeline.tasks.isEmpty, pipeline.tasks.allSatisfy(\.teardown), let first = pipeline.tasks.first {
      report(
        "only-teardowns", "every task is a teardown, so there is nothing to clean up after",
        at: first.position)
    }
  }

  private func report(
    _ code: String, _ message: String, at position: SourcePosition, length: Int = 1,
    notes: [Diagnostic.Note] = [], help: String? = nil
  ) {
    findings.add(Diagnostic(code: code, message, at: position, length: length, notes: notes, help: help))
  }

  /// Warns of a schedule whose ticks pass partitions over.
  private func checkCoverage() {
    guard let schedule = pipeline.schedule, let grain = pipeline.grain,
      let zone = try? Zone(named: pipeline.timezone),
      let timetable = try? Timetable(schedule: schedule, zone: zone)
    else { return }
    // Without a start any year serves; the same for everybody, so that a check says the same every day.
    let start = zone.firstInstant(reaching: pipeline.start ?? CivilTime(year: 2024, month: 1, day: 1))
    let left = timetable.firstLeftOut(
      of: PartitionCalendar(grain: grain, zone: zone), from: start, lookback: pipeline.lookback)
    guard let left else { return }
    var position = schedule.position
    var length = 1
    if case .cron(let text) = schedule.trigger {
      position = text.position
      length = text.value.unicodeScalars.count
    }
    findings.add(
      Diagnostic(
        .warning, code: "partitions-left-out",
        "the schedule leaves partitions out, such as '\(left.key)': the next one is over before a tick comes",
        at: position, length: length,
        help: "a tick makes the latest partition that is over: let ticks come more often, or let 'lookback' "
          + "make those before it too"))
  }

  /// Tasks, params, values and what every pipeline knows share one namespace: SQL knows them all as `:name`.
  private func checkNamespace() {
    var params: [String: SourcePosition] = [:]
    for parameter in pipeline.params {
      checkName(parameter.name, "a param", at: parameter.position, params: [:])
      params[parameter.name] = parameter.position
    }
    for task in pipeline.tasks { checkName(task.name, "a task", at: task.position, params: params) }
  }

  private func checkName(
    _ name: String, _ what: String, at position: SourcePosition, params: [String: SourcePosition]
  ) {
    let other: (words: String, position: SourcePosition?)
    if Scope.builtIns.contains(name) {
      other = ("what every pipeline knows as ':\(name)'", nil)
    } else if let param = params[name] {
      other = ("a param", param)
    } else if let value = scope.values[name] {
      other = ("a value of the mesh", value)
    } else {
      return
    }
    report(
      "name-clash", "'\(name)' names \(what) and \(other.words)", at: position, length: name.utf8.count,
      notes: other.position.map { [.init("it is declared here too", at: $0)] } ?? [],
      help: "SQL knows them all as ':name', so give one of the two another name")
  }

  private func checkAfter(_ task: TaskDeclaration) {
    var seen: Set<String> = []
    for name in task.after {
      let length = name.value.utf8.count
      if name.value == task.name {
        report("after-itself", "task '\(task.name)' comes after itself", at: name.position, length: length)
      } else if places[name.value] == nil {
        reportUnknown(name)
      } else if !seen.insert(name.value).inserted {
        report(
          "duplicate-value", "'after' names '\(name.value)' twice", at: name.position, length: length)
      }
    }
  }

  private func reportUnknown(_ name: Located<String>) {
    let near = findings.nearest(to: name.value, among: pipeline.tasks.lazy.map(\.name))
    report(
      "unknown-task", "this pipeline has no task '\(name.value)'", at: name.position,
      length: name.value.utf8.count,
      help: near.map { "did you mean '\($0)'?" }
        ?? "between pipelines the datasets that tasks read and write make the order")
  }

  private func checkEach(_ task: TaskDeclaration) {
    guard let each = task.each, case .of(let name) = each.source else { return }
    guard let place = places[name.value] else { return reportUnknown(name) }
    if place != places[task.name], pipeline.tasks[place].each == nil {
      report(
        "each-of", "task '\(name.value)' has no instances: it has no 'each'", at: name.position,
        length: name.value.utf8.count, notes: [.init("the task is here", at: pipeline.tasks[place].position)])
    }
  }

  /// Follows `each: {of: ...}`: one step from each task, so a path that comes back to itself is a circle.
  private func checkEachCycles() {
    var state = [UInt8](repeating: 0, count: pipeline.tasks.count)
    for start in pipeline.tasks.indices where state[start] == 0 {
      var path: [Int] = []
      var current: Int? = start
      while let task = current, state[task] == 0 {
        state[task] = 1
        path.append(task)
        current = next(task)
      }
      if let task = current, state[task] == 1, let begin = path.firstIndex(of: task) {
        reportCycle(Array(path[begin...]))
      }
      for task in path { state[task] = 2 }
    }
  }

  private func next(_ task: Int) -> Int? {
    guard let each = pipeline.tasks[task].each, case .of(let name) = each.source else { return nil }
    return places[name.value]
  }

  private func reportCycle(_ cycle: [Int]) {
    guard let first = cycle.min(), let begin = cycle.firstIndex(of: first),
      case .of(let name)? = pipeline.tasks[first].each?.source
    else { return }
    let names = (cycle[begin...] + cycle[..<begin] + [first]).map { pipeline.tasks[$0].name }
    report(
      "each-cycle", "'each: {of: ...}' goes in a circle: \(names.prefix(12).joined(separator: " of "))",
      at: name.position, length: name.value.utf8.count, help: "one of them needs values of its own")
  }
}
