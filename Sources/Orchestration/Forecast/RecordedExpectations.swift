import Basics
import Declarations
import Diagnostics
import Execution
import Lineage
import MeshModel
import Planning
import Timetables

/// What the record leads to expect: everything succeeds, and takes as long as it did before.
package struct RecordedExpectations: Expectations {
  private let durations: RecordedDurations
  private let triggerValues = TriggerValues()

  package init(_ durations: RecordedDurations) { self.durations = durations }

  package var ending: Duration { .zero }

  package mutating func end(of order: AttemptOrder) throws(SessionError) -> ExpectedEnd {
    let (duration, doubt) = try durations.expected(Self.task(order.context).name)
    return ExpectedEnd(AttemptOutcome(state: .success), after: duration, doubt: doubt)
  }

  package mutating func answer(
    to order: EvaluationOrder, at now: Instant
  ) throws(SessionError) -> (EvaluationAnswer, doubt: String?) {
    let (name, task) = Self.task(order.context)
    switch order.subject {
    case .when: return (.condition(true), "the 'when' of '\(name.task)' is taken to hold")
    case .each:
      if case .list(let values)? = task.each?.source { return (.values(values), nil) }
      guard let count = try durations.fanOut(name) else {
        return (.values([.integer(0)]), "the 'each' of '\(name.task)' is taken to give one value")
      }
      let values = (0..<count).map { Scalar.integer(Int64($0)) }
      let doubt = "the 'each' of '\(name.task)' is taken to give as many values as it did last, \(count)"
      return (.values(values), doubt)
    case .trigger: return wish(of: order.context, task, at: now)
    }
  }

  /// What a task gives to the run that it triggers, and for what of it something else stands.
  private func wish(
    of context: InstanceContext, _ task: TaskDeclaration, at now: Instant
  ) -> (EvaluationAnswer, doubt: String?) {
    let graph = context.run.release.graph
    var target: Pipeline?
    if case .trigger(let trigger) = task.kind {
      target = graph.index(of: trigger.pipeline.value).map { graph.pipelines[$0] }
    }
    var isEachKnown = task.each == nil
    if case .list? = task.each?.source { isEachKnown = true }
    // A run without a partition has none to hand on.
    let latest = context.run.partition == nil ? target?.latestPartition(at: now) : nil
    let (answer, guessed) = triggerValues.answer(for: context, isEachKnown: isEachKnown) { given in
      switch given {
      case .partition: latest.map { .text($0.key) }
      case .param(let name): target?.params.first { $0.name == name }?.likelyValue
      }
    }
    let doubts = guessed.map { given in
      switch given {
      case .partition:
        "the partition that '\(task.name)' triggers is computed: "
          + (latest == nil ? "that of its own run is taken" : "the latest is taken")
      case .param(let name):
        "the param '\(name)' that '\(task.name)' gives is computed: one that is accepted is taken"
      }
    }
    return (answer, doubts.isEmpty ? nil : doubts.joined(separator: "; "))
  }

  package mutating func answer(
    to probe: ProbeOrder, at now: Instant
  ) throws(SessionError) -> (ProbeAnswer, doubt: String?) {
    let (name, task) = Self.task(probe.context)
    if let moment = Self.moment(of: task, probe) {
      let left = moment - now
      return (left > .zero ? .notYet(Reason("until", "it is not time yet"), after: left) : .met, nil)
    }
    guard let usual = try durations.recorded(name) else {
      return (.met, "what '\(name.task)' waits for is taken to be there at once: it never waited before")
    }
    let left = probe.since + usual - now
    let doubt = "what '\(name.task)' waits for is taken to come after as long as before, \(usual.roundedText)"
    return (left > .zero ? .notYet(Reason("expected", "it is still to come"), after: left) : .met, doubt)
  }

  package mutating func approval(of task: TaskName) throws(SessionError) -> (after: Duration?, doubt: String?)
  {
    guard let usual = try durations.recorded(task) else {
      return (nil, "'\(task.task)' waits for a person, and nobody ever approved it: nobody is taken to do so")
    }
    return (usual, "'\(task.task)' is taken to be approved after as long as before, \(usual.roundedText)")
  }

  /// When a task ends that waits for a moment which its declaration says; nil: it waits for something else.
  private static func moment(of task: TaskDeclaration, _ probe: ProbeOrder) -> Instant? {
    guard case .wait(let wait) = task.kind, case .until(.literal(let value)) = wait.condition,
      let declared = WaitMoment(value.text)
    else { return nil }
    let run = probe.context.run
    guard let zone = try? Zone(named: run.release.graph.pipelines[run.pipelineIndex].timezone) else {
      return nil
    }
    return declared.instant(in: zone, on: run.partition?.end ?? probe.since)
  }

  private static func task(_ context: InstanceContext) -> (name: TaskName, task: TaskDeclaration) {
    let pipeline = context.run.release.graph.pipelines[context.run.pipelineIndex]
    let task = pipeline.tasks[context.instance.task]
    return (TaskName(pipeline: context.run.pipeline, task: task.name), task)
  }
}

extension Pipeline {
  /// The latest partition that is over and may be made; nil: there is none.
  fileprivate func latestPartition(at now: Instant) -> PartitionInterval? {
    guard let calendar = try? PartitionCalendar(for: self) else { return nil }
    return calendar.latestComplete(at: now, start: start, end: end)
  }
}

extension Parameter {
  /// A value that is accepted, where nothing is known of the one to come; nil: the default.
  fileprivate var likelyValue: Scalar? {
    if defaultValue != nil { return nil }
    if let allowed = allowed?.first { return allowed }
    let number = min(max(minimum ?? 0, 0), maximum ?? .infinity)
    switch kind {
    case .text: return .text("")
    case .integer: return .integer(Int64(exactly: number.rounded(.up)) ?? 0)
    case .number: return .real(number)
    case .boolean: return .boolean(false)
    case .date: return .text("1970-01-01")
    }
  }
}
