import MeshModel
import Records

/// A partition is stale exactly when its code, or the result of an input, is not what it was made of. That is
/// what was there when its attempts began, or what their transactions read.
final class Law26: Law {
  let number = 26
  /// What the attempts of unfinished runs read and made.
  private var read: [AttemptID: [InputVersion]] = [:]
  private var made: [AttemptID: Int64] = [:]

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .attemptStarted(let attempt, _, let inputs, _):
      read[attempt] = inputs
      for input in inputs where input.partition != InputVersion.allPartitions {
        guard let standing = chronicle.partitions[input.dataset]?[input.partition] else { continue }
        expect(
          input.version == standing.version && input.content == standing.content, court,
          "\(attempt) begins with \(input.version) of \(input.dataset), not \(standing.version)")
      }
    case .attemptEnded(let attempt, let outcome, _, _, _):
      if let inputs = outcome.inputs { read[attempt] = inputs }
      made[attempt] = outcome.content
    case .materialized(let record): check(record, chronicle, court)
    case .accepted(let record, _):
      expect(
        chronicle.partitions[record.dataset]?[record.partition] != nil, court,
        "'\(record.dataset)' is accepted, and is not there")
    case .runFinished(let run, _, _, _):
      read = read.filter { $0.key.instance.run != run }
      made = made.filter { $0.key.instance.run != run }
    default: return
    }
  }

  private func check(_ record: MaterializationRecord, _ chronicle: Chronicle, _ court: Court) {
    let id = record.attempt.instance
    guard let run = chronicle.runs[id.run] else { return }
    let makers = (run.instances[id.task] ?? [:]).filter {
      $0.value.state == .success && $0.value.attempts > 0
    }
    .map { index, instance in
      AttemptID(
        instance: InstanceID(run: id.run, task: id.task, index: index), number: instance.attempts)
    }
    let parts = makers.map { made[$0] }
    let content = parts.reduce(Int64?.some(0)) { sum, part in sum.flatMap { sum in part.map { sum &+ $0 } } }
    expect(record.content == content, court, "'\(record.dataset)' has another content than its attempts made")
    expect(
      record.code == chronicle.releases[run.record.release]?.codes[record.dataset], court,
      "'\(record.dataset)' is recorded with the code of another release")
    for input in record.inputs where input.version > 0 && input.dataset != record.dataset {
      let isOwn = run.facts.tasks[id.task].follows != nil
      expect(
        isOwn || makers.contains { read[$0]?.contains(input) == true }, court,
        "'\(record.dataset)' is recorded as made of version \(input.version), which no attempt read")
    }
  }

  /// Holds what the record calls stale against the chronicle.
  static func check(_ reader: StateReader, _ chronicle: Chronicle, _ court: Court) throws {
    guard let latest = chronicle.latest else { return }
    for (dataset, partitions) in chronicle.partitions.sorted(by: { $0.key < $1.key }) {
      guard let code = latest.codes[dataset] else { continue }
      var found: Set<String> = []
      try reader.eachStale(of: dataset, code: code) { partition in
        found.insert(partition.key)
        return true
      }
      let expected = Set(partitions.keys.filter { chronicle.isStale(dataset, $0) })
      guard found != expected else { continue }
      let wrong = found.symmetricDifference(expected).sorted().prefix(3)
      court.violations.append(
        (26, "'\(dataset)' \(wrong): the record and the chronicle differ on what is stale"))
    }
  }
}

extension Chronicle {
  /// Whether a partition is not any more what the code of the latest release makes of its inputs.
  func isStale(_ dataset: DatasetName, _ key: String) -> Bool {
    guard let standing = partitions[dataset]?[key], standing.version > 0, !standing.isSkipped else {
      return false
    }
    if let code = standing.code, let now = latest?.codes[dataset], code != now { return true }
    return standing.inputs.contains { input in
      if input.partition == InputVersion.allPartitions { return input.content != digest(of: input.dataset) }
      guard let now = partitions[input.dataset]?[input.partition], now.version > 0 else { return false }
      if let read = input.content, let content = now.content { return read != content }
      return input.version != now.version
    }
  }

  private func digest(of dataset: DatasetName) -> Int64 {
    (partitions[dataset] ?? [:]).reduce(0) { sum, part in
      sum &+ InputVersion.share(of: part.key, version: part.value.version, content: part.value.content)
    }
  }
}
