import Basics
import Lineage
import MeshModel
import Timetables

/// Runs by data: a partition is due once what it is made of is there, as the record has it.
///
/// Whatever is published takes a number. A trigger asks the record for what came after the last number that
/// it looked at, looks at each partition which that may complete, and asks again what the record knows of
/// those that are complete. So a crash, a pause or a deploy at any moment loses nothing: the number up to
/// which everything is settled is in the record, and what came after it is looked at again.
extension Scheduler {
  /// So many partitions are looked at before something else has its turn.
  private static let mostCandidates = 5000
  /// So many numbers are settled before the record hears of it, where nothing is due.
  private static let longestSilence: Int64 = 1000
  /// The ledger names so many of what made something due, and of each dataset one at least.
  private static let mostNamed = 20

  /// The last number that was given to anything published.
  public var lastPublication: Int64 { configuration.nextMaterialization - 1 }

  /// Whether the record is to be asked something.
  public var hasArrivals: Bool { !triggersToLookAt.isEmpty }

  /// What is to be asked of the record, each answered with an event; none: there is nothing, or something
  /// else has its turn.
  public mutating func arrivalQuestions(at wall: Instant, most: Int = .max) -> [ArrivalQuestion] {
    // Places are those of the release whose triggers were taken up.
    if hasNewSchedules { return [] }
    var questions: [ArrivalQuestion] = []
    var budget = Self.mostCandidates
    for line in triggersToLookAt.sorted() where questions.count < most && budget > 0 {
      guard var trigger = lines[line].trigger, !paused.contains(.pipeline(lines[line].name)) else {
        triggersToLookAt.remove(line)
        continue
      }
      // Held once, so that what is looked at need not be copied.
      lines[line].trigger = nil
      if trigger.isThrough, trigger.askedTo < lastPublication {
        questions.append(
          .published(pipeline: trigger.place, of: trigger.datasets, after: trigger.askedTo))
      } else {
        look(&trigger, line, at: wall, &questions, most: most, &budget)
      }
      lines[line].trigger = trigger
      settle(line)
    }
    return questions
  }

  private mutating func look(
    _ trigger: inout LiveTrigger, _ line: Int, at wall: Instant, _ questions: inout [ArrivalQuestion],
    most: Int, _ budget: inout Int
  ) {
    let required = RequiredPartitions(release: latest.release, calendars: latest.calendars)
    review(&trigger, line, required)
    if trigger.calendar == nil {
      while let came = trigger.nextPublication() { hold(came, &trigger) }
      if let held = trigger.held[""], isWhole(held, trigger) { ask("", &trigger, line) }
    } else {
      while budget > 0, questions.count + trigger.asked.count < most,
        let candidate = trigger.nextCandidate(required, at: wall)
      {
        budget -= 1
        consider(candidate.partition, candidate.came, &trigger, line, required)
      }
    }
    for (_, asked) in trigger.asked.sorted(by: { $0.key < $1.key }) {
      questions.append(
        .due(
          DueArrival(
            pipeline: trigger.place, partition: asked.partition, because: asked.because,
            isCut: asked.isCut, newest: asked.newest, number: max(asked.newest, trigger.lookedTo),
            countsFrom: countedTriggers[lines[line].name]?.countsFrom ?? 0,
            refreshes: trigger.declared.refresh == .auto)))
    }
    if trigger.isThrough, trigger.askedTo >= lastPublication {
      triggersToLookAt.remove(line)
      guard trigger.hasNews else { return }
      trigger.hasNews = false
      // What it might still have made is told from here on.
      wakeWaiters(forDataOf: line)
    }
  }

  /// Looks at what is held for another reason than that something is to be published.
  private func review(_ trigger: inout LiveTrigger, _ line: Int, _ required: RequiredPartitions) {
    guard trigger.reviewsHeld else { return }
    trigger.reviewsHeld = false
    for (key, held) in trigger.held {
      guard let partition = held.partition else { continue }
      switch isComplete(partition, &trigger, required) {
      case .complete: ask(key, &trigger, line)
      case .mayBecome: continue
      case .lacksData: trigger.held[key] = nil
      }
    }
  }

  private func consider(
    _ partition: PartitionInterval, _ came: PublishedPartition, _ trigger: inout LiveTrigger, _ line: Int,
    _ required: RequiredPartitions
  ) {
    guard trigger.isWithin(partition) else { return }
    let key = partition.key
    let isAny = trigger.declared.isSatisfiedByOne
    if let asked = trigger.asked[key] {
      // What is asked about is complete, by the input that came where one is enough, and nothing is lost
      // meanwhile.
      let isKnown = !isAny || asked.because.contains { $0.dataset == came.dataset }
      if isKnown || isComplete(partition, &trigger, required, by: came.dataset) != .lacksData {
        trigger.asked[key]?.add(came, most: Self.mostNamed)
      }
      return
    }
    let found = isComplete(partition, &trigger, required, by: came.dataset)
    guard found != .lacksData else {
      // What one input made due is not taken back by another, which is no news for it either.
      if !isAny { trigger.held[key] = nil }
      return
    }
    var held = trigger.held[key] ?? .init(partition, from: came.number)
    held.add(came, most: Self.mostNamed)
    trigger.held[key] = held
    if found == .complete { ask(key, &trigger, line) }
  }

  /// What came for a pipeline without partitions waits until it is all there.
  private func hold(_ came: PublishedPartition, _ trigger: inout LiveTrigger) {
    var held = trigger.held[""] ?? .init(nil, from: came.number)
    held.add(came, most: Self.mostNamed)
    trigger.held[""] = held
  }

  /// Whether of each dataset that counts something came, or of one of those of which one is enough.
  private func isWhole(_ held: LiveTrigger.Held, _ trigger: LiveTrigger) -> Bool {
    if trigger.declared.isSatisfiedByOne { return true }
    let came = Set(held.because.map(\.dataset))
    return trigger.datasets.allSatisfy(came.contains)
  }

  /// Has the record asked about what is complete, unless a run is awaited and live.
  private func ask(_ key: String, _ trigger: inout LiveTrigger, _ line: Int) {
    guard let held = trigger.held[key] else { return }
    if held.awaitsRun, lines[line].liveRuns[key]?.contains(where: { !isCancelled($0) }) ?? false { return }
    trigger.held[key] = nil
    trigger.asked[key] = held
  }

  /// Tells the record from time to time how far a trigger is, where nothing is due that would.
  private mutating func settle(_ line: Int) {
    guard var record = countedTriggers[lines[line].name],
      let settled = lines[line].trigger?.settledTo(from: record.countedTo),
      settled - record.countedTo >= Self.longestSilence
    else { return }
    record.countedTo = settled
    countedTriggers[record.pipeline] = record
    decisions.changes.append(.triggered(record, at: now))
  }

  /// Nobody could say what the record knows: it is asked again later.
  public mutating func postpone(_ question: ArrivalQuestion, by span: Duration, at now: Instant) {
    self.now = max(self.now, now)
    let place: Int
    switch question {
    case .published(let pipeline, _, _): place = pipeline
    case .due(let arrival): place = arrival.pipeline
    }
    guard let line = triggeredLine(place) else { return }
    if case .due(let arrival) = question {
      let key = arrival.partition?.key ?? ""
      if let asked = lines[line].trigger?.asked.removeValue(forKey: key) {
        lines[line].trigger?.held[key] = asked
      }
    }
    triggersToLookAt.remove(line)
    setTimer(.trigger(line), at: self.now + span)
  }

  /// The line of a pipeline of the latest release that data makes due.
  private func triggeredLine(_ place: Int) -> Int? {
    let known = latest.firstPipeline + place
    guard pipelines.indices.contains(known), lines[pipelines[known].line].trigger != nil else { return nil }
    return pipelines[known].line
  }

  /// Takes what the record knows: more to look at, or what becomes of what is complete.
  mutating func take(_ answer: ArrivalAnswer) {
    switch answer {
    case .published(let place, let found, let number):
      guard let line = triggeredLine(place) else { return }
      lines[line].trigger?.take(found, upTo: number)
    case .known(let arrival):
      guard let line = triggeredLine(arrival.pipeline) else { return }
      lines[line].trigger?.asked[arrival.partition?.key ?? ""] = nil
    case .refusal(let arrival, let reason): decide(arrival, runs: [], refusal: reason)
    case .run(let arrival, let runs): decide(arrival, runs: runs, refusal: nil)
    }
  }

  private mutating func decide(_ arrival: DueArrival, runs: [RunRequest], refusal: Reason?) {
    let key = arrival.partition?.key ?? ""
    guard let line = triggeredLine(arrival.pipeline),
      let whenFull = lines[line].trigger?.declared.whenFull, let most = lines[line].trigger?.maxActiveRuns,
      var held = lines[line].trigger?.asked.removeValue(forKey: key)
    else { return }
    var refusal = refusal
    if refusal == nil, let live = lines[line].liveRuns[key]?.last(where: { !isCancelled($0) }) {
      let partition = arrival.partition.map { "'\($0.key)'" } ?? "it"
      if hasYetToRead(live, arrival.because) {
        refusal = Reason("same_partition", "run \(live) makes \(partition), and has yet to read what came")
      } else if arrival.partition != nil, !arrival.refreshes {
        refusal = Reason("same_partition", "run \(live) makes \(partition) already")
      } else if whenFull == .queue || !isFull(line, most) {
        held.awaitsRun = true
        lines[line].trigger?.held[key] = held
        return
      }
    }
    if refusal == nil, whenFull == .skip, isFull(line, most) { refusal = Self.full }
    if let refusal { return enter(line, arrival, .skipped(refusal)) }
    makeRoom(line, whenFull, most)
    for request in runs.dropLast() where liveRun(line, of: request.partition) == nil {
      create(request, backfill: nil)
    }
    let run = configuration.nextRun
    if let request = runs.last { create(request, backfill: nil) }
    enter(line, arrival, .run(run))
  }

  private mutating func enter(_ line: Int, _ arrival: DueArrival, _ outcome: TickRecord.Outcome) {
    let name = lines[line].name
    guard let known = countedTriggers[name],
      let settled = lines[line].trigger?.settledTo(from: known.countedTo)
    else { return }
    countedTriggers[name]?.countedTo = settled
    decisions.changes.append(
      .arrived(
        ArrivalRecord(
          pipeline: name, partition: arrival.partition, number: arrival.number,
          because: arrival.because, outcome: outcome, decidedAt: now, countedTo: settled)))
    wakeWaiters(forDataOf: line)
  }

  /// Whether a live run reads some data and has not begun to.
  private func hasYetToRead(_ id: RunID, _ data: [InputVersion]) -> Bool {
    guard let slot = slotOfRun[id], let run = runs[slot] else { return false }
    let known = release(of: run.pipeline)
    let nodes = known.release.graph.nodes(of: pipelines[run.pipeline].index)
    let wanted = Set(data.map(\.dataset))
    let readers = nodes.filter { node in
      known.release.graph.nodes[node].reads.contains { wanted.contains($0.dataset) }
    }.map { known.release.graph.nodes[$0].task }
    let isQueued = run.state == .queued
    guard !readers.isEmpty else { return isQueued }
    return readers.allSatisfy { task in
      isQueued ? executes(run, task) : [.waiting, .waitingForData].contains(cells[slot][task].phase)
    }
  }

  /// Has what waits for something else than a publication looked at.
  mutating func reviewHeld(_ line: Int) {
    if lines[line].trigger?.held.isEmpty == false { lookAgain(line) }
  }

  /// Has the data of a pause looked at.
  mutating func countDataOfPause(of name: PipelineName) { if let line = lineOfName[name] { lookAgain(line) } }

  /// Has everything looked at that may make a pipeline due.
  mutating func lookAgain(_ line: Int) {
    guard lines[line].trigger != nil else { return }
    lines[line].trigger?.reviewsHeld = true
    triggersToLookAt.insert(line)
  }

  /// Something is there that was not, or is renewed: who waits for it goes on, whom it may make due is looked
  /// at.
  mutating func noticePublication(of dataset: DatasetName) {
    wakeWaiters(for: dataset)
    noteRenewal(of: dataset)
    for line in linesDueBy[dataset] ?? [] {
      lines[line].trigger?.hasNews = true
      triggersToLookAt.insert(line)
    }
  }
}
