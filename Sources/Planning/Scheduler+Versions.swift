import MeshModel

/// What a version of a partition was made of, and what tells its result from others.
extension Scheduler {
  /// The versions that the instances of a task have read, each partition once.
  func inputsRead(_ slot: Int, _ task: Int) -> [InputVersion] {
    guard let run = runs[slot] else { return [] }
    let makers = cells[slot][task].instances.filter { $0.state == .success && $0.attempts > 0 }
    var inputs = makers.first?.inputs ?? []
    if makers.dropFirst().contains(where: { $0.inputs != inputs }) {
      inputs = Self.agreed(makers.lazy.flatMap(\.inputs))
    }
    for read in pipelines[run.pipeline].plan?.steps[task].followedReads ?? [] {
      inputs += versions(of: read, for: run)
    }
    return inputs
  }

  /// Where attempts read different versions of a partition, none of them counts.
  private static func agreed(_ inputs: some Sequence<InputVersion>) -> [InputVersion] {
    var order: [InputVersion] = []
    var places: [InputVersion: Int] = [:]
    for input in inputs {
      let name = InputVersion(dataset: input.dataset, partition: input.partition, version: 0)
      guard let place = places[name] else {
        places[name] = order.count
        order.append(input)
        continue
      }
      if order[place] != input { order[place] = name }
    }
    return order
  }

  /// What the instances of a task have made together; nil where one of them does not tell.
  func content(of instances: [InstanceCell]) -> Int64? {
    var sum: Int64 = 0
    for instance in instances where instance.state == .success && instance.attempts > 0 {
      guard let content = instance.content else { return nil }
      sum &+= content
    }
    return sum
  }

  /// An operator declares a partition good that may be stale: it counts as made of what is there now.
  ///
  /// - Parameter inputs: the partitions that it was made of.
  mutating func accept(
    _ dataset: DatasetName, _ partition: String, of inputs: [InputVersion], code: String?, _ reason: Reason
  ) {
    guard let entry = ledger.entry(dataset, partition), entry.version > 0 else { return }
    var current: [InputVersion] = []
    for input in inputs { current.append(ledger.current(input)) }
    let record = AcceptanceRecord(
      id: configuration.nextMaterialization, dataset: dataset, partition: partition, code: code,
      inputs: current, reason: reason)
    configuration.nextMaterialization += 1
    decisions.changes.append(.accepted(record, at: now))
  }
}
