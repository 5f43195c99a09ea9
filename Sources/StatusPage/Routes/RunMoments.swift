import Basics
import MeshModel
import Records

/// Something that happened in a run.
struct RunMoment {
  var at: Instant
  var kind: String
  var instance: InstanceSummary?
  var attempt: Int?
  var state: String?
  var text: String

  func write(to writer: inout JSONWriter) {
    writer.moment("at", at)
    writer.text("kind", kind)
    writer.text("task", instance?.task)
    writer.number("index", instance?.id.index ?? 0)
    writer.number("attempt", attempt)
    writer.text("state", state)
    writer.text("text", text)
  }
}

extension RunDetail {
  /// `failed at 'load': exit 1`.
  var verdict: String {
    if let failure = rootFailure, run.state == .failed || !run.state.isFinal {
      let why = failure.remark.map { ": \($0)" } ?? ""
      return "\(run.state.isFinal ? "failed" : "failing") at '\(failure.name)'\(why)"
    }
    return run.reason.map { "\(run.state.rawValue): \($0.text)" } ?? run.state.rawValue
  }

  /// What happened, in its order. It is told by the rows, which stay when the events behind them are gone.
  var moments: [RunMoment] {
    var moments = [RunMoment(at: run.createdAt, kind: "run_created", text: "made, \(run.cause.rawValue)")]
    if let at = run.startedAt { moments.append(RunMoment(at: at, kind: "run_started", text: "started")) }
    for instance in instances { moments += self.moments(of: instance) }
    for made in materializations {
      let key = made.partition.isEmpty ? "" : "@\(made.partition)"
      let rows = made.rows.map { ", \($0) rows" } ?? ""
      let maker = instances.first { $0.id == made.attempt?.instance }
      moments.append(
        RunMoment(
          at: made.at, kind: "made", instance: maker, attempt: made.attempt?.number,
          text: "'\(made.dataset)\(key)' version \(made.id)\(rows)"))
    }
    if let at = run.finishedAt {
      moments.append(RunMoment(at: at, kind: "run_finished", state: run.state.rawValue, text: verdict))
    }
    // What happened in one moment stays in the order in which it is told.
    return moments.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
      \.element)
  }

  private func moments(of instance: InstanceSummary) -> [RunMoment] {
    var moments: [RunMoment] = []
    if let at = instance.readyAt {
      moments.append(
        RunMoment(at: at, kind: "task_ready", instance: instance, text: "'\(instance.name)' is ready"))
    }
    for attempt in instance.attempts {
      let name = "attempt \(attempt.id.number) of '\(instance.name)'"
      moments.append(
        RunMoment(
          at: attempt.startedAt, kind: "attempt_started", instance: instance, attempt: attempt.id.number,
          text: "\(name) started"))
      guard let end = attempt.finishedAt else { continue }
      let why = attempt.reason.map { ": \($0.text)" } ?? ""
      moments.append(
        RunMoment(
          at: end, kind: "attempt_ended", instance: instance, attempt: attempt.id.number,
          state: attempt.state.rawValue, text: "\(name) ended, \(attempt.state.rawValue)\(why)"))
    }
    if let at = instance.finishedAt, instance.attempts.isEmpty {
      let why = instance.remark.map { ": \($0)" } ?? ""
      moments.append(
        RunMoment(
          at: at, kind: "task_finished", instance: instance, state: instance.state.rawValue,
          text: "'\(instance.name)' is \(instance.state.rawValue)\(why)"))
    }
    return moments
  }
}
