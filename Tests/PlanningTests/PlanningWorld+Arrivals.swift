import Basics
import Lineage
import MeshModel
import Planning
import Timetables

/// Runs by data, with a record made of the changes alone.
extension PlanningWorld {
  /// Lets everything that came be looked at and decided, and says what the ledger got: `run 2013-01-09`,
  /// `skipped same_partition`.
  @discardableResult
  mutating func arrive(at wall: Instant? = nil) -> [String] {
    let before = arrivals.count
    _ = scheduler.dueTicks(at: wall ?? now)
    decide()
    while true {
      let questions = scheduler.arrivalQuestions(at: wall ?? now)
      if questions.isEmpty, !scheduler.hasArrivals { break }
      var fold = RecordFold()
      fold.take(changes)
      for question in questions { scheduler.handle(.arrival(answer(question, fold)), at: now) }
      decide()
    }
    return arrivals.dropFirst(before).map { arrival in
      let words = [arrival.outcome.word, arrival.outcome.reason?.code, arrival.partition?.key]
      return words.compactMap(\.self).joined(separator: " ")
    }
  }

  private func answer(_ question: ArrivalQuestion, _ fold: RecordFold) -> ArrivalAnswer {
    switch question {
    case .published(let place, let datasets, let number):
      let found = fold.published.filter { datasets.contains($0.dataset) && $0.number > number }
      return .published(pipeline: place, found, upTo: scheduler.lastPublication)
    case .due(let arrival):
      let name = latest.graph.pipelines[arrival.pipeline].name
      if let partition = arrival.partition {
        if let number = fold.arrivals[name]?[partition.key], number > arrival.countsFrom,
          !arrival.refreshes || number >= arrival.newest
        {
          return .known(arrival)
        }
        if let latest = fold.latestRuns[name]?[partition.key], latest.state == .success,
          !arrival.refreshes || arrival.because.allSatisfy({ fold.inputs[latest.run]?.contains($0) == true })
        {
          return .refusal(arrival, Reason("same_partition", "made"))
        }
      }
      return .run(
        arrival, [RunRequest(pipeline: arrival.pipeline, partition: arrival.partition, cause: .data)])
    }
  }

  var arrivals: [ArrivalRecord] {
    changes.compactMap { if case .arrived(let arrival) = $0 { arrival } else { nil } }
  }

  /// Makes a partition of a pipeline, from its run's creation to its end.
  mutating func make(_ name: String, _ key: String? = nil) {
    let pipeline = PipelineName(name).flatMap { name in release.graph.index(of: name) }
    let calendar = pipeline.flatMap { try? PartitionCalendar(for: release.graph.pipelines[$0]) }
    run(name, partition: key.flatMap { try? calendar?.partition(key: $0) })
    finish()
  }
}
