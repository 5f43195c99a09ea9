import MeshModel

/// What an owner asks of a keeper.
///
/// All but `spawn` stay as they are for ever, so that any owner can ask any keeper for what it keeps; fields
/// may only be added at the end, and a reader leaves what it does not know.
public enum KeeperRequest: Hashable, Sendable {
  /// The version that `spawn` has.
  public static let version: UInt32 = 1

  /// The first message of a connection.
  case hello(version: UInt32)
  /// What is known of an attempt's process; from now on its end is told to this connection.
  case ask(AttemptKey)
  /// These ends are recorded: they may be forgotten.
  case acknowledge([AttemptKey])
  /// Sends a signal to the process's group. The keeper reaps the process only after `release` then, so that
  /// its number stays its own while others of its session are looked for. `cause` is given back with the end.
  case signal(AttemptKey, number: Int32, cause: UInt8)
  /// Nothing of the attempt is looked for any more.
  case release(AttemptKey)
  /// The owner ends in order: what ended and nobody asked for may be forgotten.
  case leave
  case spawn(SpawnOrder)
}

/// A process that a keeper is to start.
public struct SpawnOrder: Hashable, Sendable {
  public var key: AttemptKey
  public var program: String
  public var directory: String
  public var arguments: CTexts
  public var environment: CTexts
  /// Files that exist already.
  public var log: String
  public var output: String?

  public init(
    key: AttemptKey, program: String, directory: String, arguments: CTexts, environment: CTexts, log: String,
    output: String?
  ) {
    self.key = key
    self.program = program
    self.directory = directory
    self.arguments = arguments
    self.environment = environment
    self.log = log
    self.output = output
  }
}

extension KeeperRequest {
  private enum Kind: UInt8 { case hello = 1, ask, acknowledge, signal, release, leave, spawn = 16 }

  /// The message without its frame.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    switch self {
    case .hello(let version):
      writer.integer(Kind.hello.rawValue)
      writer.integer(version)
    case .ask(let key):
      writer.integer(Kind.ask.rawValue)
      writer.text(key.text)
    case .acknowledge(let keys):
      writer.integer(Kind.acknowledge.rawValue)
      writer.integer(UInt32(clamping: keys.count))
      for key in keys { writer.text(key.text) }
    case .signal(let key, let number, let cause):
      writer.integer(Kind.signal.rawValue)
      writer.text(key.text)
      writer.integer(number)
      writer.integer(cause)
    case .release(let key):
      writer.integer(Kind.release.rawValue)
      writer.text(key.text)
    case .leave: writer.integer(Kind.leave.rawValue)
    case .spawn(let order):
      writer.integer(Kind.spawn.rawValue)
      writer.text(order.key.text)
      writer.text(order.program)
      writer.text(order.directory)
      writer.block(order.arguments.bytes)
      writer.block(order.environment.bytes)
      writer.text(order.log)
      writer.optional(order.output) { $0.text($1) }
    }
    return writer.bytes
  }

  /// Reads a message; nil for one that is none, or of a kind that is not known.
  public init?(decoding bytes: ArraySlice<UInt8>) {
    var reader = WireReader(bytes)
    guard let kind = reader.integer(UInt8.self).flatMap(Kind.init) else { return nil }
    switch kind {
    case .hello:
      guard let version = reader.integer(UInt32.self) else { return nil }
      self = .hello(version: version)
    case .ask:
      guard let key = reader.key() else { return nil }
      self = .ask(key)
    case .acknowledge:
      guard let count = reader.integer(UInt32.self) else { return nil }
      var keys: [AttemptKey] = []
      for _ in 0..<count {
        guard let key = reader.key() else { return nil }
        keys.append(key)
      }
      self = .acknowledge(keys)
    case .signal:
      guard let key = reader.key(), let number = reader.integer(Int32.self), (1...64).contains(number),
        let cause = reader.integer(UInt8.self)
      else { return nil }
      self = .signal(key, number: number, cause: cause)
    case .release:
      guard let key = reader.key() else { return nil }
      self = .release(key)
    case .leave: self = .leave
    case .spawn:
      guard let order = SpawnOrder(reading: &reader) else { return nil }
      self = .spawn(order)
    }
  }
}

extension SpawnOrder {
  fileprivate init?(reading reader: inout WireReader) {
    guard let key = reader.key(), let program = reader.text(), let directory = reader.text(),
      let arguments = reader.block().flatMap({ CTexts(ended: $0) }), !arguments.isEmpty,
      let environment = reader.block().flatMap({ CTexts(ended: $0) }),
      let log = reader.text(), let output = reader.optional({ $0.text() })
    else { return nil }
    self.init(
      key: key, program: program, directory: directory, arguments: arguments, environment: environment,
      log: log, output: output)
  }
}
