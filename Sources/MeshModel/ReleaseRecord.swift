import Basics

/// A release when it is taken: what the record keeps of it, so that its runs can be shown when the files are
/// gone.
public struct ReleaseRecord: Hashable, Sendable {
  /// What the record keeps of a pipeline.
  public struct Pipeline: Hashable, Sendable {
    public var name: PipelineName
    /// In the order of the file, so that a task's place finds it.
    public var tasks: [Task]

    public init(name: PipelineName, tasks: [Task]) {
      self.name = name
      self.tasks = tasks
    }
  }

  /// What the record keeps of a task.
  public struct Task: Hashable, Sendable {
    public var name: String
    /// `run`, `sql`, `load`.
    public var kind: String

    public init(name: String, kind: String) {
      self.name = name
      self.kind = kind
    }
  }

  /// That a written column is made of another one.
  public struct ColumnSource: Hashable, Sendable {
    public var dataset: DatasetName
    public var column: String
    public var sourceDataset: DatasetName
    public var sourceColumn: String

    public init(dataset: DatasetName, column: String, sourceDataset: DatasetName, sourceColumn: String) {
      self.dataset = dataset
      self.column = column
      self.sourceDataset = sourceDataset
      self.sourceColumn = sourceColumn
    }
  }

  public var id: ReleaseID
  /// Equal for equal declarations.
  public var digest: String
  public var takenAt: Instant
  /// One JSON object for people.
  public var summary: String
  public var pipelines: [Pipeline]
  public var columnSources: [ColumnSource]

  public init(
    id: ReleaseID, digest: String, takenAt: Instant, summary: String = "{}", pipelines: [Pipeline] = [],
    columnSources: [ColumnSource] = []
  ) {
    self.id = id
    self.digest = digest
    self.takenAt = takenAt
    self.summary = summary
    self.pipelines = pipelines
    self.columnSources = columnSources
  }
}
