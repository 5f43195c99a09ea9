import Basics
import MeshModel
import Records
import Testing

/// What the record calls stale.
@Suite struct StalenessTests {
  private static let input = DatasetName(domain: "wf", name: "input")
  private static let output = DatasetName(domain: "wf", name: "output")
  private let state: StateFixture

  init() throws {
    state = try StateFixture()
    try state.commit(state.live(1, day: 0))
    for task in 0..<2 {
      let attempt = AttemptID(instance: InstanceID(run: 1, task: task), number: 1)
      try state.commit([
        .attemptStarted(attempt, AttemptKey(state: "s", attempt: attempt), inputs: [], at: state.now)
      ])
    }
  }

  private func made(
    _ id: Int64, _ dataset: DatasetName, day: Int64 = 0, code: String? = "c", content: Int64? = nil,
    of inputs: [InputVersion] = []
  ) throws {
    let attempt = AttemptID(instance: InstanceID(run: 1, task: dataset == Self.input ? 0 : 1), number: 1)
    try state.commit([
      .materialized(
        MaterializationRecord(
          id: id, dataset: dataset, partition: state.day(day), attempt: attempt, rows: nil, inputs: inputs,
          code: code, content: content, at: state.now))
    ])
  }

  private func read(_ version: Int64, _ content: Int64? = nil, day: Int64 = 0) -> InputVersion {
    InputVersion(dataset: Self.input, partition: state.day(day).key, version: version, content: content)
  }

  private func stale(code: String? = "c") throws -> [StalePartition] {
    var found: [StalePartition] = []
    try state.reader().eachStale(of: Self.output, code: code) { partition in
      found.append(partition)
      return true
    }
    return found
  }

  @Test func `what was just made is fresh`() throws {
    try made(1, Self.input, content: 5)
    try made(2, Self.output, of: [read(1, 5)])
    #expect(try stale().isEmpty)
  }

  @Test func `other code makes stale, and code that was not recorded does not`() throws {
    try made(1, Self.output, code: "old")
    try made(2, Self.output, day: 1, code: nil)
    let found = try stale(code: "new")
    #expect(found.map(\.key) == [state.day(0).key])
    #expect(found.map(\.isOfOtherCode) == [true])
    #expect(found.map(\.run) == [1])
  }

  @Test(arguments: [
    (Int64?.some(5), Int64?.some(5), false), (5, 6, true), (nil, nil, true), (5, nil, true), (nil, 5, true),
  ])
  func `an input that was rebuilt makes stale unless its result is the same`(
    before: Int64?, after: Int64?, isStale: Bool
  ) throws {
    try made(1, Self.input, content: before)
    try made(2, Self.output, of: [read(1, before)])
    try made(3, Self.input, content: after)
    let found = try stale()
    #expect(found.flatMap(\.inputs).map(\.dataset) == (isStale ? [Self.input] : []))
  }

  @Test func `a result that returns makes fresh again`() throws {
    try made(1, Self.input, content: 5)
    try made(2, Self.output, of: [read(1, 5)])
    try made(3, Self.input, content: 6)
    #expect(try stale().count == 1)
    try made(4, Self.input, content: 5)
    #expect(try stale().isEmpty)
  }

  @Test func `what came after it was read as missing makes stale`() throws {
    try made(1, Self.output, of: [read(0, day: 3)])
    #expect(try stale().isEmpty)
    try made(2, Self.input, day: 3)
    #expect(try stale().count == 1)
  }

  @Test func `an input that was taken away makes stale only once it is made anew`() throws {
    try made(1, Self.input, content: 5)
    try made(2, Self.output, of: [read(1, 5)])
    let reason = Reason("marked", "by hand")
    try state.commit([.markedMissing(Self.input, partition: state.day(0).key, reason, at: state.now)])
    #expect(try stale().isEmpty)
    try made(3, Self.input, content: 6)
    #expect(try stale().count == 1)
  }

  @Test func `what reads a dataset as a whole is stale when any partition changes`() throws {
    try made(1, Self.input, content: 5)
    let digest = InputVersion.share(of: state.day(0).key, version: 1, content: 5)
    let whole = InputVersion(
      dataset: Self.input, partition: InputVersion.allPartitions, version: 0, content: digest)
    try made(2, Self.output, of: [whole])
    #expect(try stale().isEmpty)
    try made(3, Self.input, content: 5)
    #expect(try stale().isEmpty)
    try made(4, Self.input, day: 1, content: 5)
    #expect(try stale().count == 1)
  }

  @Test func `what an operator declares is never stale, and what is accepted until something moves on`()
    throws
  {
    try made(1, Self.input, content: 5)
    try made(2, Self.output, code: "old", of: [read(0)])
    #expect(try stale().count == 1)
    let reason = Reason("accepted", "accepted by 'me'")
    let record = AcceptanceRecord(
      id: 3, dataset: Self.output, partition: state.day(0).key, code: "c", inputs: [read(1, 5)],
      reason: reason)
    try state.commit([.accepted(record, at: state.now)])
    #expect(try stale().isEmpty)
    #expect(try state.reader().basis(of: Self.output, key: state.day(0).key) == [read(1, 5)])
    #expect(try state.reader().partition(of: Self.output, key: state.day(0).key)?.version == 2)
    #expect(
      try state.reader().materializations(of: Self.output, partition: state.day(0).key).map(\.id) == [2])
    try made(4, Self.input, content: 6)
    #expect(try stale().count == 1)
    try state.commit([.markedPresent(Self.output, state.day(0), version: 5, reason, at: state.now)])
    #expect(try stale(code: "newest").isEmpty)
    #expect(try state.reader().differencesFromFold() == [])
  }
}
