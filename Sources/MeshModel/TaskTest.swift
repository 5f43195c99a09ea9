import Diagnostics

/// One case of a `*.test.yaml` file: what a task is given, and what it is expected to make of it.
public struct TaskTest: Sendable {
  /// Rows of one dataset, all with the same columns.
  public struct Rows: Sendable {
    public var dataset: Located<DatasetName>
    /// In the order of the first row.
    public var columns: [Located<String>]
    /// Each with as many values as there are columns.
    public var rows: [Row]

    public init(dataset: Located<DatasetName>, columns: [Located<String>] = [], rows: [Row] = []) {
      self.dataset = dataset
      self.columns = columns
      self.rows = rows
    }
  }

  /// A row and where it is written.
  public struct Row: Sendable {
    public var values: [Scalar]
    public var position: SourcePosition

    public init(values: [Scalar], position: SourcePosition) {
      self.values = values
      self.position = position
    }
  }

  public var task: TaskName
  /// What the case is about; nil where the file holds only this one.
  public var name: String?
  public var position: SourcePosition
  /// The key of the partition that the task is run for.
  public var partition: Located<String>?
  public var params: [String: String] = [:]
  /// The value under `each`.
  public var each: Scalar?
  /// What upstream tasks told, by task: one JSON object each.
  public var outputs: [String: String] = [:]
  /// Files of the project that the task finds, by path.
  public var files: [String: String] = [:]
  public var given: [Rows] = []
  public var expected: [Rows] = []
  /// The task is expected to fail with these words in its reason.
  public var failure: String?

  public init(task: TaskName, position: SourcePosition) {
    self.task = task
    self.position = position
  }
}
