import Diagnostics
import MeshModel

/// The tasks of the whole mesh and the data that flows between them.
///
/// Tasks of one pipeline are neighbours: task `t` of pipeline `p` is node `firstNode[p] + t`.
public struct MeshGraph: Sendable {
  /// A task and what it does to data.
  public struct Node: Sendable {
    public var name: TaskName
    /// The place of its pipeline in `pipelines`.
    public var pipeline: Int
    /// Its place in the pipeline's tasks.
    public var task: Int
    /// Sorted by dataset, one entry a dataset; what the task writes itself is left out, unless it reads an
    /// earlier partition of it.
    public var reads: [Read]
    /// Sorted, each once.
    public var writes: [DatasetName]
    /// The task writes its domain's store itself (SQL that changes something, a load), so it needs the
    /// store's only writing connection.
    public var writesStore: Bool

    public init(name: TaskName, pipeline: Int, task: Int) {
      self.name = name
      self.pipeline = pipeline
      self.task = task
      reads = []
      writes = []
      writesStore = false
    }
  }

  /// A dataset that a task reads.
  public struct Read: Sendable {
    public var dataset: DatasetName
    /// Sorted; nil when nothing tells which (a process declares datasets only).
    public var columns: [String]?
    /// How it is read: the declaration of the task, or the defaults where SQL alone tells of the read.
    public var terms: ReadDeclaration

    public init(dataset: DatasetName, columns: [String]?, terms: ReadDeclaration) {
      self.dataset = dataset
      self.columns = columns
      self.terms = terms
    }
  }

  /// That `to` comes after `from`.
  public struct Edge: Sendable {
    /// Nodes.
    public var from: Int
    public var to: Int
    /// The dataset that makes it so; nil: `after` says so.
    public var via: DatasetName?
    /// Where the reader says it: the declaration or the SQL.
    public var position: SourcePosition
    /// The reader reads an earlier partition, so the edge does not order tasks of one run.
    public var reachesBack: Bool

    public init(from: Int, to: Int, via: DatasetName?, position: SourcePosition, reachesBack: Bool = false) {
      self.from = from
      self.to = to
      self.via = via
      self.position = position
      self.reachesBack = reachesBack
    }
  }

  /// A dataset and who touches it.
  public struct Dataset: Sendable {
    public var name: DatasetName
    /// In the order of the table; empty when nothing tells.
    public var columns: [Column]
    /// The node that writes it; nil for a source.
    public var writer: Int?
    /// The nodes that read it, ascending.
    public var readers: [Int]
    public var position: SourcePosition

    public init(name: DatasetName, columns: [Column] = [], writer: Int?, position: SourcePosition) {
      self.name = name
      self.columns = columns
      self.writer = writer
      self.position = position
      readers = []
    }
  }

  /// A column of a dataset.
  public struct ColumnReference: Hashable, Comparable, Sendable {
    public var dataset: DatasetName
    public var column: String

    public init(dataset: DatasetName, column: String) {
      self.dataset = dataset
      self.column = column
    }

    public static func < (left: Self, right: Self) -> Bool {
      (left.dataset, left.column) < (right.dataset, right.column)
    }
  }

  /// All pipelines, sorted by name.
  public var pipelines: [Pipeline]
  /// For each pipeline its first node.
  public var firstNode: [Int]
  public var nodes: [Node]
  /// Sorted by from, to and dataset; one for each pair and dataset.
  public var edges: [Edge]
  public var datasets: [DatasetName: Dataset]
  /// For nodes that read a dataset whose writer may stand in a file that could not be read, that dataset.
  public var unknownInputs: [Int: DatasetName]
  /// For each domain the team that answers for it.
  public var owners: [String: String]
  /// For each written column that SQL tells of, the columns it is made of; sorted.
  public var columnSources: [ColumnReference: [ColumnReference]]

  public init() {
    pipelines = []
    firstNode = []
    nodes = []
    edges = []
    datasets = [:]
    unknownInputs = [:]
    owners = [:]
    columnSources = [:]
  }

  /// The place of a pipeline in `pipelines`.
  public func index(of name: PipelineName) -> Int? {
    var low = 0
    var high = pipelines.count
    while low < high {
      let middle = (low + high) / 2
      if pipelines[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < pipelines.count && pipelines[low].name == name ? low : nil
  }

  /// The nodes of a pipeline's tasks, in their order.
  public func nodes(of pipeline: Int) -> Range<Int> {
    let first = firstNode[pipeline]
    return first..<first + pipelines[pipeline].tasks.count
  }

  /// The declaration behind a node.
  public func declaration(of node: Int) -> TaskDeclaration {
    pipelines[nodes[node].pipeline].tasks[nodes[node].task]
  }
}
