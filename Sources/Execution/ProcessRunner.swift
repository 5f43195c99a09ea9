import MeshModel
import Planning

/// A process to start for an attempt.
public struct ProcessOrder: Sendable {
  /// Starting the same key twice must start it once.
  public var key: AttemptKey
  /// The program's path, absolute or relative to `directory`.
  public var program: String
  /// The program's own name first.
  public var arguments: [String]
  /// `NAME=value`, all of it; nothing else is handed on.
  public var environment: [String]
  /// Absolute.
  public var directory: String
  /// The file that both of its outputs stand in afterwards, and while it runs for longer than a moment. Its
  /// folder is made; there is neither if it prints nothing.
  public var log: String
  /// A file of its own for standard output, made anew; nil: the log.
  public var output: String?

  public init(
    key: AttemptKey, program: String, arguments: [String], environment: [String], directory: String,
    log: String, output: String? = nil
  ) {
    self.key = key
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.log = log
    self.output = output
  }
}

/// How a process ended.
public struct ProcessEnd: Sendable {
  /// Exactly one of exit code and signal is there, but none when it was stopped and nobody learned its
  /// status.
  public var exitCode: Int?
  public var signal: Int?
  /// Why it was told to end, if it was, before it ended by itself.
  public var stopped: EndCause?
  /// The grace was over before everything of it was gone.
  public var wasKilled: Bool
  /// User and system time of the process and the children it waited for.
  public var processorMilliseconds: Int64
  /// Peak memory in bytes; nil when the kernel does not tell it apart from ours.
  public var peakMemory: Int64?

  public init(
    exitCode: Int?, signal: Int?, stopped: EndCause? = nil, wasKilled: Bool = false,
    processorMilliseconds: Int64 = 0, peakMemory: Int64? = nil
  ) {
    self.exitCode = exitCode
    self.signal = signal
    self.stopped = stopped
    self.wasKilled = wasKilled
    self.processorMilliseconds = processorMilliseconds
    self.peakMemory = peakMemory
  }
}

/// What became of a process.
public enum ProcessFate: Sendable {
  case ended(ProcessEnd)
  /// It is proven dead, and nobody learned how it ended; nothing of its attempt is left.
  case lost(Reason)
}

/// What follows the start of a process that nobody waits for: one of the two is called, once, on any
/// thread.
public struct ProcessSequel: Sendable {
  /// The process ended by itself, sooner than anybody had to look.
  public var over: @Sendable (ProcessEnd) -> Void
  /// Somebody has to wait for it: it takes long, is to end, or could not be started.
  public var waiting: @Sendable (@escaping ProcessWait) -> Void

  public init(
    over: @escaping @Sendable (ProcessEnd) -> Void,
    waiting: @escaping @Sendable (@escaping ProcessWait) -> Void
  ) {
    self.over = over
    self.waiting = waiting
  }
}

/// The rest of a `ProcessRunner`'s `run`, for a process that it has begun. Called once.
public typealias ProcessWait =
  @Sendable (_ running: @escaping (ProcessIdentity) -> Void) throws(AttemptFailure) -> ProcessFate

/// Starts processes and waits for them.
public protocol ProcessRunner: Sendable {
  /// Starts the process like `run`, and returns without having waited for anything.
  ///
  /// - Returns: false when that cannot be done now, and nothing was started or will be called.
  func begin(_ order: ProcessOrder, control: AttemptControl, sequel: ProcessSequel) -> Bool
  /// Starts the process and waits until it is over; after a stop, until nothing of it is left.
  ///
  /// - Parameter running: told which process it is, if it lives long enough for anybody to care.
  func run(
    _ order: ProcessOrder, control: AttemptControl, running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate
  /// Waits like `run` for the process of an attempt that an earlier owner started; starts nothing.
  ///
  /// - Parameters:
  ///   - process: what the record knows of it.
  ///   - log: where its log belongs.
  func adopt(
    _ key: AttemptKey, process: ProcessIdentity?, log: String, control: AttemptControl,
    running: (ProcessIdentity) -> Void
  ) throws(AttemptFailure) -> ProcessFate
  /// These ends are recorded; what is kept of them may be forgotten.
  func settle(_ keys: [AttemptKey])
  /// The owner ends in order; nothing is run or adopted any more.
  func leave()
}
