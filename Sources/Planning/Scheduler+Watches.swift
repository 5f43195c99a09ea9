import Basics
import Lineage
import MeshModel
import Timetables

/// Deadlines and the age of datasets, looked after by the wall clock as ticks are.
///
/// A deadline counts once, when it is due: what is there by then, or was skipped on purpose, is well. After a
/// downtime those of the last days count that passed meanwhile.
extension Scheduler {
  /// Deadlines that passed longer ago, while nobody was there, are history.
  private static let longestLateness = Duration.seconds(7 * 86_400)

  /// The deadlines that are due: whoever asks answers each with an event, and asks again until there are
  /// none. Datasets that are too old are noted here.
  public mutating func dueDeadlines(at wall: Instant, most: Int = .max) -> [DueDeadline] {
    // Places are those of the release whose deadlines were taken up.
    if hasNewSchedules { return [] }
    if wall < watches.lookedAt {
      // A clock that is set back shows as due what it had left behind as history.
      for line in watches.deadlines.keys { watches.setTimer(line, at: Instant(milliseconds: .min)) }
    }
    watches.lookedAt = wall
    var found: [DueDeadline] = []
    while found.count < most, let timer = watches.takeTimer(dueAt: wall) {
      switch timer.subject {
      case .deadline(let line):
        guard watches.deadlines[line]?.timer == timer.due else { continue }
        watches.deadlines[line]?.timer = nil
        if let deadline = dueDeadline(line, at: wall) { found.append(deadline) }
      case .dataset(let name):
        guard watches.datasets[name]?.timer == timer.due else { continue }
        watches.datasets[name]?.timer = nil
        lookAtAge(of: name, at: wall)
      }
    }
    return found
  }

  /// Nil: none is due, and a timer is set for the next.
  private mutating func dueDeadline(_ line: Int, at wall: Instant) -> DueDeadline? {
    guard let watch = watches.deadlines[line], let counted = countedDeadlines[lines[line].name],
      !paused.contains(.pipeline(lines[line].name))
    else { return nil }
    let history = wall - Self.longestLateness - watch.span
    guard let next = watch.next(after: max(counted.countedTo, history)) else { return nil }
    if next.due <= wall { return next }
    watches.setTimer(line, at: next.due)
    return nil
  }

  /// Takes what the record says of a deadline.
  mutating func take(_ answer: DeadlineAnswer) {
    let place = latest.firstPipeline + answer.deadline.pipeline
    guard pipelines.indices.contains(place) else { return }
    let line = pipelines[place].line
    let name = lines[line].name
    guard let watch = watches.deadlines[line], let counted = countedDeadlines[name],
      counted.countedTo < answer.deadline.mark
    else { return }
    if !answer.isKept {
      let partition = answer.deadline.partition
      let what =
        partition.map { "'\($0.key)'" } ?? "the run that was due at \(answer.deadline.mark.sqliteText)"
      raise(
        AlertCause(kind: .deadlineMissed, pipeline: name, partition: partition?.key ?? ""),
        partition: partition,
        Reason(
          "deadline_missed",
          "\(what) was not made by \(answer.deadline.due.sqliteText) UTC, its deadline of "
            + watch.span.declaredText))
    }
    count(DeadlineRecord(pipeline: name, meaning: watch.meaning, countedTo: answer.deadline.mark))
    watches.setTimer(line, at: Instant(milliseconds: .min))
  }

  private mutating func count(_ deadline: DeadlineRecord) {
    countedDeadlines[deadline.pipeline] = deadline
    decisions.changes.append(.deadlineCounted(deadline, at: now))
  }

  /// Nobody could say what the record knows of a deadline: it is asked for again later.
  public mutating func postpone(_ deadline: DueDeadline, to moment: Instant) {
    let place = latest.firstPipeline + deadline.pipeline
    if pipelines.indices.contains(place) { watches.setTimer(pipelines[place].line, at: moment) }
  }

  /// Has the deadlines of a pause looked at.
  mutating func countDeadlinesOfPause(of name: PipelineName) {
    if let line = lineOfName[name] { watches.setTimer(line, at: Instant(milliseconds: .min)) }
  }

  private mutating func lookAtAge(of name: DatasetName, at wall: Instant) {
    guard let watch = watches.datasets[name], let newest = watch.newest else { return }
    guard newest + watch.within <= wall else { return watches.setTimer(name) }
    raise(
      AlertCause(kind: .freshnessBroken, pipeline: watch.pipeline, dataset: name),
      Reason(
        "freshness_broken",
        "'\(name)' was renewed last at \(newest.sqliteText) UTC, and who reads it wants it no older than "
          + watch.within.declaredText))
  }

  /// A dataset is renewed, so it is not too old any more.
  mutating func noteRenewal(of name: DatasetName) {
    if watches.datasets[name] != nil {
      watches.datasets[name]?.newest = now
      watches.setTimer(name)
    }
    guard alerts.hasOpen, let writer = latest.release.graph.datasets[name]?.writer else { return }
    let pipeline = latest.release.graph.pipelines[latest.release.graph.nodes[writer].pipeline].name
    let cause = AlertCause(kind: .freshnessBroken, pipeline: pipeline, dataset: name)
    if let alert = alerts.open[cause] { resolve(alert, Reason("renewed", "'\(name)' is renewed")) }
  }

  /// A partition was taken back, so the newest of its dataset may be another.
  mutating func noteLoss(of name: DatasetName) {
    guard watches.datasets[name] != nil else { return }
    watches.datasets[name]?.newest = ledger.newest(of: name)
    watches.setTimer(name)
  }

  /// Takes up what the latest release says of deadlines and ages. A deadline that is new or was edited counts
  /// for what is due from now on.
  mutating func takeUpWatches(at wall: Instant) {
    watches = LiveWatches()
    guard configuration.looksAfterAlerts else { return }
    let known = latest
    for place in known.release.graph.pipelines.indices where !known.release.broken.contains(place) {
      let line = pipelines[known.firstPipeline + place].line
      guard let deadline = LiveWatches.Deadline(known.release.graph.pipelines[place], at: place) else {
        continue
      }
      watches.deadlines[line] = deadline
      let name = lines[line].name
      if countedDeadlines[name]?.meaning != deadline.meaning {
        count(
          DeadlineRecord(pipeline: name, meaning: deadline.meaning, countedTo: beginning(deadline, at: wall)))
      }
      watches.setTimer(line, at: Instant(milliseconds: .min))
    }
    for name in countedDeadlines.keys.sorted() where !keepsDeadline(name) {
      countedDeadlines[name] = nil
      decisions.changes.append(.deadlineUncounted(name, at: now))
    }
    watchDatasets()
    resolveWhatIsGone()
  }

  /// The last mark whose deadline was due by then, or that lies in the past.
  private func beginning(_ deadline: LiveWatches.Deadline, at wall: Instant) -> Instant {
    var mark = wall
    while let next = deadline.next(after: mark), next.due <= wall { mark = next.mark }
    return mark
  }

  private func keepsDeadline(_ name: PipelineName) -> Bool {
    if let line = lineOfName[name], watches.deadlines[line] != nil { return true }
    guard let place = latest.release.graph.index(of: name) else { return !latest.release.isWhole }
    return latest.release.broken.contains(place)
  }

  /// The owner of a dataset is held to what is promised of it.
  private mutating func watchDatasets() {
    let graph = latest.release.graph
    for (dataset, within) in graph.promises(leavingOut: latest.release.broken.contains) {
      guard let writer = graph.datasets[dataset]?.writer else { continue }
      watches.datasets[dataset] = LiveWatches.Dataset(
        within: within, pipeline: graph.pipelines[graph.nodes[writer].pipeline].name,
        newest: ledger.newest(of: dataset))
    }
    for name in watches.datasets.keys.sorted() { watches.setTimer(name) }
  }
}
