import MeshModel

/// What an operator asks to be made again, or for the first time.
public struct BackfillRequest: Sendable {
  /// Which partitions of the range are made.
  public enum Mode: String, Sendable, CaseIterable {
    /// Those that a dataset of the selection lacks.
    case missing
    /// Those whose last run failed.
    case failed
    case missingAndFailed = "missing+failed"
    /// Those that are there and are not any more what their code makes of their inputs.
    case stale
    /// All of them; good ones are replaced.
    case all
  }

  /// The nodes of the release's graph that are asked for.
  public var selection: Set<Int>
  /// Partition keys of any grain, both included; nil where only pipelines without partitions are selected.
  public var range: (from: String, to: String)?
  public var mode: Mode
  /// Adds what the selection reads, as far as its partitions cover what is made.
  public var upstream: Bool
  /// Adds what reads the selection.
  public var downstream: Bool
  public var excluded: Set<Int>
  /// Runs tasks that have effects outside as well.
  public var external: Bool
  /// The newest partitions come first, as far as nothing of the plan reads them.
  public var backwards: Bool
  public var params: [String: Scalar]
  public var maxActive: Int?

  public init(selection: Set<Int>, range: (from: String, to: String)?, mode: Mode = .missing) {
    self.selection = selection
    self.range = range
    self.mode = mode
    upstream = false
    downstream = false
    excluded = []
    external = false
    backwards = false
    params = [:]
  }
}

/// What a backfill would do, each item with its reason: what `--plan` prints and what `--yes` runs.
public struct BackfillPlan: Sendable {
  /// A partition of a pipeline that would be made.
  public struct Item: Sendable {
    public var pipeline: PipelineName
    public var pipelineIndex: Int
    /// Nil: the pipeline has no partitions.
    public var partition: PartitionInterval?
    /// The tasks to run, ascending.
    public var tasks: [Int]
    /// Tasks whose datasets stand and stay as they are.
    public var kept: [Int]
    /// It would replace a partition that is good.
    public var replacesGood: Bool
    public var reason: Reason
    /// A run of it was made before, whatever became of that.
    public var isRepeated = false
  }

  /// A partition or a task that would not be made, and why.
  public struct Omission: Sendable {
    public var pipeline: PipelineName
    /// Nil: all partitions, or the pipeline has none.
    public var partition: String?
    public var task: String?
    public var reason: Reason
  }

  /// A partition of the range that its mode does not ask for: it stays as it is.
  public struct Standing: Hashable, Sendable {
    public var pipeline: PipelineName
    /// Nil: the pipeline has none.
    public var partition: String?
    /// All of it is there; else it is missing, and the mode asks for something else.
    public var isGood: Bool

    public init(pipeline: PipelineName, partition: String?, isGood: Bool) {
      self.pipeline = pipeline
      self.partition = partition
      self.isGood = isGood
    }
  }

  /// In an order in which whoever writes comes before whoever reads.
  public var items: [Item]
  public var omissions: [Omission]
  public var stays: [Standing]

  /// How many partitions of the range are good and stay.
  public var standing: Int { stays.count(where: \.isGood) }
  /// How many good partitions it would replace.
  public var replacements: Int { items.count { $0.replacesGood } }
}

/// What the record knows of the past, as far as a plan needs it.
public protocol RunHistory {
  /// The state of the latest run of a pipeline's partition; the key is empty where it has none.
  func latestState(of pipeline: PipelineName, partition: String) -> RunState?
  /// The stale partitions of a dataset, and why they are.
  func stalePartitions(of dataset: DatasetName) -> [String: Reason]
}

/// Why a request cannot be planned.
public struct BackfillPlanError: Error, Hashable, Sendable {
  public var message: String
  public var help: String

  public init(message: String, help: String) {
    self.message = message
    self.help = help
  }
}
