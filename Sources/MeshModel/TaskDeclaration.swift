import Basics
import Diagnostics

/// One step of a pipeline, as declared, with the defaults of pipeline, domain and mesh filled in.
public struct TaskDeclaration: Sendable {
  public var name: String
  public var kind: TaskKind
  /// Datasets it reads, as declared; for SQL these only refine what the compiler finds.
  public var reads: [ReadDeclaration]
  /// Datasets it writes, as declared; `into` is not repeated here.
  public var writes: [WriteDeclaration]
  /// Tasks of the same pipeline that come before it without data between them.
  public var after: [Located<String>]
  /// A SQL expression or SELECT: false, 0 or NULL skips the task.
  public var when: LocatedText?
  public var each: FanOut?
  public var triggerRule: TriggerRule
  public var retry: RetryPolicy
  /// How long one attempt may run or wait; nil: as long as it likes, or for what waits without a worker as
  /// long as the pipeline's deadline, else seven days.
  public var timeout: Duration?
  /// For what waits without a worker.
  public var onTimeout: OnTimeout
  public var pool: String?
  /// Sorted by name.
  public var env: [EnvironmentVariable]
  /// Names of files under `secrets/` in the state directory.
  public var secrets: [Located<String>]
  /// Its failure does not fail the run, and is a success to the tasks after it.
  public var allowFailure: Bool
  /// Clean-up: runs once its upstreams are final, whatever happened.
  public var teardown: Bool
  /// The same task must have succeeded for the partition before.
  public var dependsOnPast: Bool
  /// Has effects outside: a backfill leaves it out unless asked.
  public var external: Bool
  /// SQL or a load of a file: its attempts run in processes of their own.
  public var isolate: Bool
  public var description: String?
  public var position: SourcePosition

  public init(name: String, kind: TaskKind, position: SourcePosition) {
    self.name = name
    self.kind = kind
    self.position = position
    reads = []
    writes = []
    after = []
    triggerRule = .allSuccess
    onTimeout = .fail
    retry = RetryPolicy()
    env = []
    secrets = []
    allowFailure = false
    teardown = false
    dependsOnPast = false
    external = false
    isolate = false
  }
}

/// What a task does.
public enum TaskKind: Sendable {
  /// A process; its exit status is the outcome.
  case run(Command)
  /// SQL on the domain's own store.
  case sql(SQLTask)
  /// Rows from a file or a process into a dataset.
  case load(LoadTask)
  case wait(WaitTask)
  case approve(ApprovalTask)
  /// A run of another pipeline.
  case trigger(TriggerTask)
}

/// A process to start, in the folder of the file that declares it.
public struct Command: Sendable {
  /// How the process is told what to do.
  public enum Form: Sendable {
    /// Given to `/bin/sh -c` as it is.
    case shell(String)
    /// Started without a shell; the first item is the program.
    case arguments([ValueExpression])
  }

  public var form: Form
  /// The folder of the declaring file, absolute.
  public var directory: String

  public init(form: Form, directory: String) {
    self.form = form
    self.directory = directory
  }
}

/// Statements in one transaction, or one SELECT whose rows go into a dataset.
public struct SQLTask: Sendable {
  public var text: LocatedText
  public var into: Target?

  public init(text: LocatedText, into: Target? = nil) {
    self.text = text
    self.into = into
  }
}

/// Rows of CSV (with a header line) or JSON lines into a dataset, in one transaction.
public struct LoadTask: Sendable {
  /// Where the rows come from.
  public enum Source: Sendable {
    /// A path relative to the project.
    case file(ValueExpression)
    /// A process that prints the rows.
    case command(Command)
  }
  /// How the rows are written.
  public enum Format: String, Sendable, CaseIterable { case csv, jsonl }
  /// What becomes of a row that does not fit.
  public enum BadRowRule: String, Sendable, CaseIterable { case fail, skip }

  public var source: Source
  /// Nil: told by the file's name (`.jsonl`, `.ndjson`), else CSV.
  public var format: Format?
  public var columns: [Column]
  /// Texts of a field that mean NULL.
  public var nullTexts: [String]
  public var onBadRow: BadRowRule
  public var into: Target

  public init(source: Source, columns: [Column], into: Target) {
    self.source = source
    self.columns = columns
    self.into = into
    nullTexts = [""]
    onBadRow = .fail
  }
}

/// The dataset that a task's rows go into, and how they meet the rows that are there.
public struct Target: Sendable {
  /// How rows meet those that are there.
  public enum Mode: String, Sendable, CaseIterable {
    /// All rows are replaced.
    case replace
    /// Exactly the rows of this partition are replaced.
    case partition
    /// Rows are added; what earlier attempts and runs of this partition added is removed first.
    case append
    /// Rows are inserted, or updated where the key is there already.
    case merge
  }

  public var dataset: DatasetName
  public var mode: Mode
  /// The columns that say to which partition a row belongs: the partition's first, under `each` also the
  /// value's.
  public var partitionBy: [String]
  /// For `merge`: the columns that identify a row.
  public var key: [String]
  public var position: SourcePosition

  public init(
    dataset: DatasetName, mode: Mode, partitionBy: [String] = [], key: [String] = [], position: SourcePosition
  ) {
    self.dataset = dataset
    self.mode = mode
    self.partitionBy = partitionBy
    self.key = key
    self.position = position
  }
}

/// A dataset that a task reads, and which of its partitions it waits for.
public struct ReadDeclaration: Sendable {
  /// What to do about partitions that cannot come.
  public enum OnMissing: String, Sendable, CaseIterable { case wait, ignore, fail }

  public var dataset: DatasetName
  /// Reaches back this far from the interval's end; nil: the run's own interval.
  public var window: Duration?
  /// Shifts the interval by whole partitions of the reader: -1 is the one before.
  public var offset: Int
  /// Asks for age instead of partitions: the newest materialization is no older than this.
  public var freshness: Duration?
  public var onMissing: OnMissing
  public var position: SourcePosition

  public init(dataset: DatasetName, position: SourcePosition) {
    self.dataset = dataset
    self.position = position
    offset = 0
    onMissing = .wait
  }
}

/// A dataset that a process writes, and its columns if they are told.
public struct WriteDeclaration: Sendable {
  public var dataset: DatasetName
  public var columns: [Column]
  public var position: SourcePosition

  public init(dataset: DatasetName, columns: [Column] = [], position: SourcePosition) {
    self.dataset = dataset
    self.columns = columns
    self.position = position
  }
}

/// Makes one task instance for each value of a list.
public struct FanOut: Sendable {
  /// Where the values come from.
  public enum Source: Sendable {
    case list([Scalar])
    /// The first column of its rows.
    case sql(LocatedText)
    /// The instances of another task of the pipeline, one for one.
    case of(Located<String>)
  }
  /// The longest list that is accepted.
  public static let most = 10_000

  public var source: Source
  /// How many of its instances may be active at once; nil: no limit of its own.
  public var maxActive: Int?
  public var position: SourcePosition

  public init(source: Source, maxActive: Int? = nil, position: SourcePosition) {
    self.source = source
    self.maxActive = maxActive
    self.position = position
  }
}

/// A variable of a process's environment.
public struct EnvironmentVariable: Sendable {
  public var name: String
  public var value: ValueExpression

  public init(name: String, value: ValueExpression) {
    self.name = name
    self.value = value
  }
}

/// What the final states of a task's upstreams must be for it to start.
public enum TriggerRule: String, Sendable, CaseIterable {
  case allSuccess = "all_success"
  case allDone = "all_done"
  case allFailed = "all_failed"
  case oneSuccess = "one_success"
  case oneFailed = "one_failed"
  case noneFailed = "none_failed"
  case noneFailedMinOneSuccess = "none_failed_min_one_success"
  case noneSkipped = "none_skipped"
}

/// When and how often an attempt is repeated.
public struct RetryPolicy: Hashable, Sendable {
  /// How the delay grows from one attempt to the next.
  public enum Backoff: String, Sendable, CaseIterable { case constant, linear, exponential }

  /// Tries in all; at least 1. Lost ones count apart.
  public var attempts: Int
  /// Before the second attempt.
  public var delay: Duration
  public var backoff: Backoff
  /// The longest delay; nil: no bound of its own.
  public var maxDelay: Duration?
  /// The part of a delay that chance may add, 0 to 1.
  public var jitter: Double
  /// Only these exit codes, and 75, are tried again; nil: all.
  public var onExit: [Int]?
  /// How many lost attempts are made up for; one more fails the task.
  public var lost: Int

  public init() {
    attempts = 1
    delay = .seconds(10)
    backoff = .constant
    jitter = 0
    lost = 3
  }
}
