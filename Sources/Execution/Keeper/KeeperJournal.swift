import MeshModel

/// What a keeper writes down, so that it is known when the keeper itself is killed.
///
/// Entry after entry: length, checksum, fields. Nothing is synced: when the machine stops, all processes stop
/// with it, and the boot in the first entry tells that.
public struct KeeperJournal: Hashable, Sendable {
  /// The boot in which it was written.
  public var boot: String
  /// Of processes that had not ended when it was cut off; one that was over soon is not written down before.
  public var running: [AttemptKey: KeptProcess] = [:]
  public var ended: [AttemptKey: ExitRecord] = [:]

  /// One thing that is written down.
  public enum Entry: Hashable, Sendable {
    /// The first one.
    case begun(boot: String)
    case running(KeptProcess)
    case ended(ExitRecord)
  }

  /// Reads a journal up to where it was torn, if it was; nil when not even its beginning can be read.
  public init?(parsing bytes: [UInt8]) {
    var rest = bytes[...]
    guard case .begun(let boot) = Self.entry(from: &rest) else { return nil }
    self.boot = boot
    while let entry = Self.entry(from: &rest) {
      switch entry {
      case .begun: return
      case .running(let process): running[process.key] = process
      case .ended(let record):
        running[record.process.key] = nil
        ended[record.process.key] = record
      }
    }
  }

  private static func entry(from rest: inout ArraySlice<UInt8>) -> Entry? {
    var reader = WireReader(rest)
    guard let length = reader.integer(UInt32.self), let sum = reader.integer(UInt64.self),
      length <= WireFrame.longest, Int(length) <= rest.count - Entry.headerBytes
    else { return nil }
    let body = rest.dropFirst(Entry.headerBytes).prefix(Int(length))
    guard Entry.checksum(body) == sum, let entry = Entry(decoding: body) else { return nil }
    rest = rest[body.endIndex...]
    return entry
  }
}

extension KeeperJournal.Entry {
  private enum Kind: UInt8 { case begun = 1, running, ended }

  static let headerBytes = 12

  /// As it stands in the file.
  public var encoded: [UInt8] {
    var body = WireWriter()
    switch self {
    case .begun(let boot):
      body.integer(Kind.begun.rawValue)
      body.text(boot)
    case .running(let process):
      body.integer(Kind.running.rawValue)
      process.write(to: &body)
    case .ended(let record):
      body.integer(Kind.ended.rawValue)
      record.write(to: &body)
    }
    var entry = WireWriter()
    entry.integer(UInt32(clamping: body.bytes.count))
    entry.integer(Self.checksum(body.bytes[...]))
    return entry.bytes + body.bytes
  }

  init?(decoding body: ArraySlice<UInt8>) {
    var reader = WireReader(body)
    guard let kind = reader.integer(UInt8.self).flatMap(Kind.init) else { return nil }
    switch kind {
    case .begun:
      guard let boot = reader.text() else { return nil }
      self = .begun(boot: boot)
    case .running:
      guard let process = KeptProcess(reading: &reader) else { return nil }
      self = .running(process)
    case .ended:
      guard let record = ExitRecord(reading: &reader) else { return nil }
      self = .ended(record)
    }
  }

  /// FNV-1a: enough to tell a torn entry from a whole one.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
