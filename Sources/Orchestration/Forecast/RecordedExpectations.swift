import Basics
import Declarations
import Lineage
import MeshModel
import Planning
import Timetables

/// What the record leads to expect: everything succeeds, and takes as long as it did before.
package struct RecordedExpectations: Expectations {
  private let durations: RecordedDurations

  package init(_ durations: RecordedDurations) { self.durations = durations }

  package var ending: Duration { .zero }

  package mutating func end(of order: AttemptOrder) throws(SessionError) -> ExpectedEnd {
    let (duration, doubt) = try durations.expected(Self.task(order.context).name)
    return ExpectedEnd(AttemptOutcome(state: .success), after: duration, doubt: doubt)
  }

  package mutating func answer(
    to order: EvaluationOrder
  ) throws(SessionError) -> (EvaluationAnswer, doubt: String?) {
    let (name, task) = Self.task(order.context)
    switch order.subject {
    case .when: return (.condition(true), "the 'when' of '\(name.task)' is taken to hold")
    case .each:
      guard let count = try durations.fanOut(name) else {
        return (.values([.integer(0)]), "the 'each' of '\(name.task)' is taken to give one value")
      }
      let values = (0..<count).map { Scalar.integer(Int64($0)) }
      let doubt = "the 'each' of '\(name.task)' is taken to give as many values as it did last, \(count)"
      return (.values(values), doubt)
    case .trigger:
      guard case .trigger(let trigger) = task.kind, let chosen = trigger.partition else {
        return (.trigger(key: nil, params: [:]), nil)
      }
      if case .literal(let value) = chosen { return (.trigger(key: value.text, params: [:]), nil) }
      let doubt = "the partition that '\(name.task)' triggers is computed: that of its own run is taken"
      return (.trigger(key: nil, params: [:]), doubt)
    }
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
