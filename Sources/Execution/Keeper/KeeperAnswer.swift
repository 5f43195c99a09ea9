import MeshModel

/// What a keeper tells an owner, by itself or when asked.
///
/// All but `refused` stay as they are for ever; fields may only be added at the end.
public enum KeeperAnswer: Hashable, Sendable {
  /// Answers the owner's hello.
  case hello(version: UInt32, pid: Int32)
  /// No process of this key is or was kept, or its end was acknowledged.
  case unknown(AttemptKey)
  case running(KeptProcess)
  /// The process is over, and is not reaped before `release`.
  case over(KeptProcess)
  case ended(ExitRecord)
  /// The process could not be started; the code is the kernel's.
  case refused(AttemptKey, code: Int32)
}

/// A process that a keeper looks after.
public struct KeptProcess: Hashable, Sendable {
  public var key: AttemptKey
  public var pid: Int32
  /// In clock ticks since boot; 0 when it could not be told.
  public var startTime: UInt64
  /// Where its outputs went when it was started.
  public var log: String

  public init(key: AttemptKey, pid: Int32, startTime: UInt64, log: String) {
    self.key = key
    self.pid = pid
    self.startTime = startTime
    self.log = log
  }
}

/// How a process ended that a keeper looked after.
public struct ExitRecord: Hashable, Sendable {
  /// How the process came to its end.
  public enum Manner: Hashable, Sendable { case exited(Int32), signalled(Int32) }

  /// Its start time is 0 if it was over sooner than anybody looked.
  public var process: KeptProcess
  public var manner: Manner
  /// The first cause that came with a signal; 0: none came.
  public var cause: UInt8
  /// SIGKILL was asked for.
  public var wasKilled: Bool
  public var processorMilliseconds: Int64
  /// In bytes; nil when the kernel does not tell it apart from the keeper's own.
  public var peakMemory: Int64?
  /// In milliseconds since 1970.
  public var endedAt: Int64

  public init(
    process: KeptProcess, manner: Manner, cause: UInt8, wasKilled: Bool, processorMilliseconds: Int64,
    peakMemory: Int64?, endedAt: Int64
  ) {
    self.process = process
    self.manner = manner
    self.cause = cause
    self.wasKilled = wasKilled
    self.processorMilliseconds = processorMilliseconds
    self.peakMemory = peakMemory
    self.endedAt = endedAt
  }
}

extension KeeperAnswer {
  private enum Kind: UInt8 { case hello = 1, unknown, running, over, ended, refused = 16 }

  /// The message without its frame.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    switch self {
    case .hello(let version, let pid):
      writer.integer(Kind.hello.rawValue)
      writer.integer(version)
      writer.integer(pid)
    case .unknown(let key):
      writer.integer(Kind.unknown.rawValue)
      writer.text(key.text)
    case .running(let process):
      writer.integer(Kind.running.rawValue)
      process.write(to: &writer)
    case .over(let process):
      writer.integer(Kind.over.rawValue)
      process.write(to: &writer)
    case .ended(let record):
      writer.integer(Kind.ended.rawValue)
      record.write(to: &writer)
    case .refused(let key, let code):
      writer.integer(Kind.refused.rawValue)
      writer.text(key.text)
      writer.integer(code)
    }
    return writer.bytes
  }

  /// Reads a message; nil for one that is none, or of a kind that is not known.
  public init?(decoding bytes: ArraySlice<UInt8>) {
    var reader = WireReader(bytes)
    guard let kind = reader.integer(UInt8.self).flatMap(Kind.init) else { return nil }
    switch kind {
    case .hello:
      guard let version = reader.integer(UInt32.self), let pid = reader.integer(Int32.self) else {
        return nil
      }
      self = .hello(version: version, pid: pid)
    case .unknown:
      guard let key = reader.key() else { return nil }
      self = .unknown(key)
    case .running, .over:
      guard let process = KeptProcess(reading: &reader) else { return nil }
      self = kind == .running ? .running(process) : .over(process)
    case .ended:
      guard let record = ExitRecord(reading: &reader) else { return nil }
      self = .ended(record)
    case .refused:
      guard let key = reader.key(), let code = reader.integer(Int32.self) else { return nil }
      self = .refused(key, code: code)
    }
  }

  /// Whose process it is about.
  var key: AttemptKey? {
    switch self {
    case .hello: nil
    case .unknown(let key), .refused(let key, _): key
    case .running(let process), .over(let process): process.key
    case .ended(let record): record.process.key
    }
  }
}

extension KeptProcess {
  func write(to writer: inout WireWriter) {
    writer.text(key.text)
    writer.integer(pid)
    writer.integer(startTime)
    writer.text(log)
  }

  /// A process number that is no process's would mean a group, or everybody, to `kill`.
  init?(reading reader: inout WireReader) {
    guard let key = reader.key(), let pid = reader.integer(Int32.self), pid > 1,
      let startTime = reader.integer(UInt64.self), let log = reader.text()
    else { return nil }
    self.init(key: key, pid: pid, startTime: startTime, log: log)
  }

  /// What tells the process from every other one; nil when its start time is not known.
  var identity: ProcessIdentity? {
    startTime == 0 ? nil : ProcessIdentity(pid: pid, startTime: startTime, boot: ProcessCensus.boot)
  }
}

extension ExitRecord {
  func write(to writer: inout WireWriter) {
    process.write(to: &writer)
    switch manner {
    case .exited(let code):
      writer.integer(UInt8(0))
      writer.integer(code)
    case .signalled(let number):
      writer.integer(UInt8(1))
      writer.integer(number)
    }
    writer.integer(cause)
    writer.flag(wasKilled)
    writer.integer(processorMilliseconds)
    writer.optional(peakMemory) { $0.integer($1) }
    writer.integer(endedAt)
  }

  init?(reading reader: inout WireReader) {
    guard let process = KeptProcess(reading: &reader), let isSignal = reader.flag(),
      let number = reader.integer(Int32.self), let cause = reader.integer(UInt8.self),
      let wasKilled = reader.flag(), let processor = reader.integer(Int64.self),
      let peak = reader.optional({ $0.integer(Int64.self) }), let endedAt = reader.integer(Int64.self)
    else { return nil }
    self.init(
      process: process, manner: isSignal ? .signalled(number) : .exited(number), cause: cause,
      wasKilled: wasKilled, processorMilliseconds: processor, peakMemory: peak, endedAt: endedAt)
  }
}
