import Basics
import MeshModel

/// Which partitions of which datasets are there, and in what version.
///
/// What the record held at the start lies in sorted columns, a few bytes for each partition; what happened
/// since lies above it.
public struct PartitionLedger: Sendable {
  /// A partition that was made, or that its task was rightly skipped for.
  public struct Entry: Sendable {
    /// The materialization; 0 where the task was skipped and nothing was made.
    public var version: Int64
    /// Equal for equal results; nil: only the version tells.
    public var content: Int64?
    public var at: Instant
    /// The run that made it, if a run did.
    public var run: RunID?

    public init(version: Int64, content: Int64? = nil, at: Instant, run: RunID?) {
      self.version = version
      self.content = content
      self.at = at
      self.run = run
    }
  }

  private struct Shelf: Sendable {
    var recorded = RecordedPartitions()
    /// What changed since; nil: the partition is gone.
    var changed: [String: Entry?] = [:]

    func entry(_ partition: String) -> Entry? {
      if let changed = changed[partition] { return changed }
      return recorded.entry(partition)
    }

    /// Tells the contents of all partitions from others; nil: not added up since it was asked last.
    var digest: Int64?

    private static func share(of key: String, _ entry: Entry?) -> Int64 {
      entry.map { InputVersion.share(of: key, version: $0.version, content: $0.content) } ?? 0
    }

    mutating func set(_ partition: String, _ entry: Entry?) {
      if let digest {
        self.digest =
          digest &- Self.share(of: partition, self.entry(partition))
          &+ Self.share(of: partition, entry)
      }
      changed[partition] = .some(entry)
    }

    mutating func addUp() -> Int64 {
      if let digest { return digest }
      var sum: Int64 = 0
      recorded.forEach { key, entry in if changed[key] == nil { sum &+= Self.share(of: key, entry) } }
      for (key, entry) in changed { sum &+= Self.share(of: key, entry) }
      digest = sum
      return sum
    }

    var newest: Instant? {
      // A change may have hidden the newest that was recorded, so all are looked at then.
      let hides = changed.keys.contains { recorded.entry($0) != nil }
      let old = hides ? recorded.newest { changed[$0] == nil } : recorded.newest
      return [old, changed.values.compactMap { $0?.at }.max()].compactMap(\.self).max()
    }
  }

  private var shelves: [DatasetName: Shelf] = [:]

  public init() {}

  /// The entry of a partition; the key is empty for a dataset without partitions.
  public func entry(_ dataset: DatasetName, _ partition: String) -> Entry? {
    shelves[dataset]?.entry(partition)
  }

  /// Whether the partition of the dataset stands, made or covered.
  public func contains(_ dataset: DatasetName, _ partition: String) -> Bool {
    entry(dataset, partition) != nil
  }

  /// When a partition of the dataset was made last.
  public func newest(of dataset: DatasetName) -> Instant? { shelves[dataset]?.newest }

  /// What a reader finds now of what it reads, as it will be recorded; where that is gone, what it found
  /// before.
  public mutating func current(_ input: InputVersion) -> InputVersion {
    var input = input
    if input.partition == InputVersion.allPartitions {
      input.content = shelves[input.dataset]?.addUp() ?? 0
    } else if let entry = entry(input.dataset, input.partition) {
      (input.version, input.content) = (entry.version, entry.content)
    }
    return input
  }

  /// Takes what the record holds of a dataset, in the place of what was known of it.
  public mutating func load(_ dataset: DatasetName, _ recorded: RecordedPartitions) {
    shelves[dataset] = Shelf(recorded: recorded)
  }

  /// Forgets a partition: it counts as never made.
  public mutating func remove(_ dataset: DatasetName, _ partition: String) {
    shelves[dataset, default: Shelf()].set(partition, nil)
  }

  /// Notes what became of a partition, in the place of what was noted before.
  public mutating func record(_ dataset: DatasetName, _ partition: String, _ entry: Entry) {
    shelves[dataset, default: Shelf()].set(partition, entry)
  }
}

/// The partitions that a record holds of one dataset, in columns and sorted by key.
public struct RecordedPartitions: Sendable {
  private var keys: [UInt8] = []
  /// Where each key ends among the bytes of all.
  private var ends: [Int] = []
  private var versions: [Int64] = []
  /// 0: unknown.
  private var contents: [Int64] = []
  private var moments: [Instant] = []
  /// 0: none.
  private var runs: [RunID] = []
  /// When one of them was made last.
  public private(set) var newest: Instant?

  public init() {}

  /// Adds a partition; their keys come in the order of their bytes.
  public mutating func append(
    key: some Collection<UInt8>, version: Int64, content: Int64? = nil, at moment: Instant, run: RunID?
  ) {
    keys.append(contentsOf: key)
    ends.append(keys.count)
    versions.append(version)
    contents.append(content ?? 0)
    moments.append(moment)
    runs.append(run ?? 0)
    newest = max(newest ?? moment, moment)
  }

  func forEach(_ body: (String, PartitionLedger.Entry) -> Void) {
    for place in ends.indices { body(String(decoding: key(place), as: UTF8.self), entry(at: place)) }
  }

  func entry(_ partition: String) -> PartitionLedger.Entry? {
    var low = 0
    var high = ends.count
    let wanted = partition.utf8
    while low < high {
      let middle = (low + high) / 2
      if key(middle).lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
    }
    guard low < ends.count, key(low).elementsEqual(wanted) else { return nil }
    return entry(at: low)
  }

  /// When one of those was made last that `isCounted` lets count.
  func newest(where isCounted: (String) -> Bool) -> Instant? {
    ends.indices.filter { isCounted(String(decoding: key($0), as: UTF8.self)) }.map { moments[$0] }.max()
  }

  private func key(_ place: Int) -> ArraySlice<UInt8> {
    keys[(place == 0 ? 0 : ends[place - 1])..<ends[place]]
  }

  private func entry(at place: Int) -> PartitionLedger.Entry {
    .init(
      version: versions[place], content: contents[place] == 0 ? nil : contents[place], at: moments[place],
      run: runs[place] == 0 ? nil : runs[place])
  }
}
