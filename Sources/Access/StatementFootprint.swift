import MeshModel

/// What one statement of a script reads, writes, makes and answers, as SQLite's compiler understands it.
public struct StatementFootprint: Sendable {
  /// A dataset that is read.
  public struct Read: Hashable, Sendable {
    public var dataset: DatasetName
    /// Sorted; empty when rows are read and no column of them (`count(*)`).
    public var columns: [String]

    public init(_ dataset: DatasetName, columns: [String]) {
      self.dataset = dataset
      self.columns = columns
    }
  }

  /// What is done to a dataset.
  public enum Operation: String, Hashable, Comparable, Sendable {
    case create, alter, drop, delete, insert, update

    public static func < (left: Operation, right: Operation) -> Bool { left.rawValue < right.rawValue }
  }

  /// A dataset that is written.
  public struct Write: Hashable, Sendable {
    public var dataset: DatasetName
    public var operation: Operation
    /// Of an update, sorted; else nil, as all columns may be.
    public var columns: [String]?

    public init(_ dataset: DatasetName, _ operation: Operation, columns: [String]? = nil) {
      self.dataset = dataset
      self.operation = operation
      self.columns = columns
    }
  }

  /// A table or view that the statement makes or changes, with the columns it then has.
  public struct Shape: Hashable, Sendable {
    public var dataset: DatasetName
    public var columns: [Column]
    public var isView: Bool
  }

  /// A column of the rows that the statement answers.
  public struct ResultColumn: Hashable, Sendable {
    public var name: String
    public var type: ColumnType
    /// The column of a dataset that it plainly is; nil for an expression.
    public var origin: Origin?
  }

  /// A column of a dataset.
  public struct Origin: Hashable, Sendable {
    public var dataset: DatasetName
    public var column: String
  }

  /// Where the statement stands in the script, in bytes.
  public var bytes: Range<Int>
  public var isReadOnly = true
  /// Sorted by dataset, each once. What is read may be more than what is needed, never less.
  public var reads: [Read] = []
  /// Sorted by dataset and operation.
  public var writes: [Write] = []
  public var shapes: [Shape] = []
  /// Tables and views that are there no more.
  public var dropped: [DatasetName] = []
  /// Empty when the statement answers no rows.
  public var resultColumns: [ResultColumn] = []
  /// Names of the bound parameters without the sigil, in order of first use, each once; nil for `?`.
  public var parameters: [String?] = []

  init(bytes: Range<Int>) { self.bytes = bytes }
}

extension ColumnType {
  /// The type whose affinity SQLite gives a column that was declared like this.
  public init(declared: String?) {
    switch declared {
    case nil, "": self = .any
    case "TEXT": self = .text
    case "INTEGER", "INT": self = .integer
    case "REAL": self = .real
    case .some(let declared):
      let text = declared.uppercased()
      func names(_ words: String...) -> Bool { words.contains { text.contains($0) } }
      self =
        if names("INT") { .integer } else if names("CHAR", "CLOB", "TEXT") { .text } else if names("BLOB") {
          .blob
        } else if names("REAL", "FLOA", "DOUB") { .real } else { .numeric }
    }
  }
}
