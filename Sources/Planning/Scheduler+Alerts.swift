import Basics
import Lineage
import MeshModel

/// What somebody wants to hear nothing of, and for how long.
public struct SilenceWish: Sendable {
  public var selector: String
  public var span: Duration
  public var reason: String?
  public var by: String

  public init(selector: String, span: Duration, reason: String? = nil, by: String) {
    self.selector = selector
    self.span = span
    self.reason = reason
    self.by = by
  }
}

/// Alerts are raised and resolved in the commit that holds their cause. Of each cause at most one is open: a
/// partition that fails again, or a deadline that is missed again, is nothing new. They are about what the
/// latest release has: nobody could mend what it has not.
extension Scheduler {
  /// Whether an alert is open, and whether somebody knows of it.
  public func standing(of alert: AlertID) -> (isOpen: Bool, isAcknowledged: Bool) {
    (alerts.isOpen(alert), alerts.acknowledged.contains(alert))
  }

  /// Whether a silence lasts.
  public func lasts(_ silence: SilenceID) -> Bool {
    alerts.silences[silence].map { now < $0.record.until } ?? false
  }

  /// How much is kept in mind of silences, and of moments to look after deadlines and the age of datasets,
  /// and the most of the latter that may be.
  package var kept: (silences: Int, watchTimers: Int, mostWatchTimers: Int) {
    (alerts.silences.count, watches.timers.count, watches.mostTimers)
  }

  /// The number that the next silence gets.
  public var nextSilence: SilenceID { alerts.nextSilence }

  mutating func raise(
    _ cause: AlertCause, partition: PartitionInterval? = nil, run: RunID? = nil, _ reason: Reason
  ) {
    guard alerts.open[cause] == nil, isDeclared(cause) else { return }
    var record = AlertRecord(
      id: alerts.nextAlert, cause: cause, partition: partition, run: run, reason: reason, raisedAt: now)
    alerts.nextAlert += 1
    record.silence = silence(of: cause)
    if record.silence == nil {
      record.channels = channels(of: cause)
    } else {
      alerts.silenced.insert(record.id)
    }
    decisions.changes.append(.alertRaised(record))
    alerts.add(record)
    for channel in record.channels { alerts.queues[channel, default: .init()].waiting.append(record.id) }
  }

  mutating func resolve(_ alert: AlertID, _ reason: Reason) {
    guard alerts.isOpen(alert) else { return }
    decisions.changes.append(.alertResolved(alert, reason, at: now))
    alerts.close(alert)
  }

  /// A run has ended: it failed, or what failed before is mended. One of some tasks only says nothing of the
  /// others, so its alerts are of its tasks.
  mutating func noteEnd(of run: LiveRun, _ slot: Int, _ state: RunState) {
    guard state == .failed || alerts.hasOpen else { return }
    let name = run.facts.record.pipeline
    let tasks = pipeline(run.pipeline).tasks
    let parts = cells[slot].indices.filter { cells[slot][$0].phase != .absent }
    let isWhole = parts.count == tasks.count
    switch state {
    case .failed:
      let failed = parts.filter { cells[slot][$0].outcome.failed > 0 }
      if isWhole { return raise(.whole(name, run.partitionKey), failed.map { tasks[$0].name }, run) }
      for task in failed.isEmpty ? parts.filter({ cells[slot][$0].outcome.bad > 0 }) : failed {
        var cause = AlertCause.whole(name, run.partitionKey)
        cause.task = tasks[task].name
        raise(cause, [tasks[task].name], run)
      }
    case .success:
      for alert in alerts.open(of: name, partition: run.partitionKey)
      where isWhole || parts.contains(where: { tasks[$0].name == alerts.records[alert]?.cause.task }) {
        resolve(alert, Reason("run_succeeded", "run \(run.id) succeeded"))
      }
    case .cancelled, .queued, .running: return
    }
  }

  private mutating func raise(_ cause: AlertCause, _ failed: [String], _ run: LiveRun) {
    var text = "run \(run.id) failed"
    if let first = failed.first { text += ": task '\(first)'" }
    if failed.count > 1 { text += " and \(failed.count - 1) more" }
    raise(cause, partition: run.facts.record.partition, run: run.id, Reason("run_failed", text))
  }

  /// A task has waited for longer than it may, and that fails it.
  mutating func noteTimeout(_ slot: Int, _ task: Int, _ reason: Reason) {
    guard let run = runs[slot] else { return }
    let declared = pipeline(run.pipeline).tasks[task]
    guard !declared.allowFailure else { return }
    let cause = AlertCause(
      kind: .waitTimedOut, pipeline: run.facts.record.pipeline, partition: run.partitionKey,
      task: declared.name)
    raise(cause, partition: run.facts.record.partition, run: run.id, reason)
  }

  /// Ends alerts about what the latest release does not have any more.
  mutating func resolveWhatIsGone() {
    for id in alerts.allOpen {
      guard let cause = alerts.records[id]?.cause, !isDeclared(cause) else { continue }
      resolve(id, Reason("not_declared", "what it is about is not declared any more"))
    }
  }

  /// Whether the latest release has what a cause is about, or may have it: not all of it could be read.
  private func isDeclared(_ cause: AlertCause) -> Bool {
    let release = latest.release
    guard release.isWhole else { return true }
    let place = release.graph.index(of: cause.pipeline)
    if let place, release.broken.contains(place) { return true }
    switch cause.kind {
    case .runFailed, .waitTimedOut:
      guard let place else { return false }
      guard let task = cause.task else { return true }
      return release.graph.pipelines[place].tasks.contains { $0.name == task }
    case .deadlineMissed: return lineOfName[cause.pipeline].map { watches.deadlines[$0] != nil } ?? false
    // Who writes it now is told of its age from now on.
    case .freshnessBroken: return cause.dataset.flatMap { watches.datasets[$0]?.pipeline } == cause.pipeline
    }
  }
}

/// What operators say of alerts.
extension Scheduler {
  mutating func acknowledge(_ ids: [AlertID], by who: String, note: String?) {
    for id in ids where alerts.isOpen(id) && alerts.acknowledged.insert(id).inserted {
      decisions.changes.append(.alertAcknowledged(id, by: who, note: note, at: now))
    }
  }

  mutating func silence(_ wish: SilenceWish) {
    var record = SilenceRecord(
      id: alerts.nextSilence, selector: wish.selector, until: now + wish.span, reason: wish.reason,
      by: wish.by, createdAt: now)
    alerts.nextSilence += 1
    var live = AlertBook.LiveSilence(record: record)
    record.alerts = alerts.allOpen.filter { id in
      !alerts.silenced.contains(id) && alerts.records[id].map { covers(&live, $0.cause) } ?? false
    }
    // Nobody looks at those that are over where nothing is raised.
    alerts.silences = alerts.silences.filter { now < $0.value.record.until }
    alerts.silences[record.id] = live
    decisions.changes.append(.silenced(record))
    for id in record.alerts { hush(id) }
  }

  /// Nobody is told of an alert any more who was not yet.
  private mutating func hush(_ alert: AlertID) {
    alerts.silenced.insert(alert)
    for channel in alerts.queues.keys {
      alerts.queues[channel]?.waiting.removeAll { $0 == alert }
      // A process that is at work has been told.
      guard alerts.queues[channel]?.batch?.due != nil else { continue }
      alerts.queues[channel]?.batch?.alerts.removeAll { $0 == alert }
    }
  }

  mutating func unsilence(_ id: SilenceID, by who: String) {
    guard lasts(id) else { return }
    alerts.silences[id] = nil
    decisions.changes.append(.unsilenced(id, by: who, at: now))
  }

  /// The first silence that covers a cause now.
  private mutating func silence(of cause: AlertCause) -> SilenceID? {
    guard !alerts.silences.isEmpty else { return nil }
    for id in alerts.silences.keys.sorted() {
      guard var live = alerts.silences[id] else { continue }
      guard now < live.record.until else {
        alerts.silences[id] = nil
        continue
      }
      let isCovered = covers(&live, cause)
      alerts.silences[id] = live
      if isCovered { return id }
    }
    return nil
  }

  /// Whether a silence is about a cause, as the latest release has it; a task that it lacks is looked for by
  /// its pipeline, and a pipeline that it lacks by name.
  private func covers(_ silence: inout AlertBook.LiveSilence, _ cause: AlertCause) -> Bool {
    let graph = latest.release.graph
    if silence.release != latest.release.id {
      silence.release = latest.release.id
      let selected = try? Selector(silence.record.selector).nodes(in: graph)
      silence.nodes = Set(selected ?? [])
    }
    if let dataset = cause.dataset {
      return graph.datasets[dataset]?.writer.map(silence.nodes.contains) ?? false
    }
    guard let place = graph.index(of: cause.pipeline) else {
      let domain = cause.pipeline.domain
      let names = [cause.pipeline.description, "\(domain)/*", "domain:\(domain)"]
      return silence.record.selector.split(separator: " ").contains { names.contains(String($0)) }
    }
    let nodes = graph.nodes(of: place)
    if let task = nodes.first(where: { graph.nodes[$0].name.task == cause.task }) {
      return silence.nodes.contains(task)
    }
    return nodes.contains(where: silence.nodes.contains)
  }
}

extension AlertCause {
  /// That a run of all tasks failed.
  fileprivate static func whole(_ pipeline: PipelineName, _ partition: String) -> AlertCause {
    AlertCause(kind: .runFailed, pipeline: pipeline, partition: partition)
  }
}
