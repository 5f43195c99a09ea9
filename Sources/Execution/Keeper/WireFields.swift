import MeshModel

/// Puts the fields of a message one after the other; numbers begin with their lowest byte.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func flag(_ value: Bool) { integer(UInt8(value ? 1 : 0)) }

  mutating func block(_ value: some Collection<UInt8>) {
    integer(UInt32(clamping: value.count))
    bytes.append(contentsOf: value)
  }

  mutating func text(_ value: String) { block(value.utf8) }

  mutating func optional<Value>(_ value: Value?, _ put: (inout WireWriter, Value) -> Void) {
    flag(value != nil)
    if let value { put(&self, value) }
  }
}

/// Takes the fields of a message one after the other, and believes none of them.
struct WireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
    let size = MemoryLayout<Value>.size
    guard rest.count >= size else { return nil }
    var value = Value.zero
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: rest.prefix(size)) }
    rest = rest.dropFirst(size)
    return Value(littleEndian: value)
  }

  mutating func flag() -> Bool? {
    switch integer(UInt8.self) {
    case 0: false
    case 1: true
    default: nil
    }
  }

  mutating func block() -> ArraySlice<UInt8>? {
    guard let count = integer(UInt32.self).map({ Int($0) }), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// A text without NUL, for all of them end up as texts of C.
  mutating func text() -> String? {
    guard let block = block(), !block.contains(0) else { return nil }
    return String(validating: block, as: UTF8.self)
  }

  /// A key as it may stand in an environment and in the name of nothing.
  mutating func key() -> AttemptKey? {
    guard let text = text(), !text.isEmpty, text.utf8.count <= WireFrame.longestKey else { return nil }
    return AttemptKey(text)
  }

  /// - Returns: nil when it cannot be read; a nil inside when none was put.
  mutating func optional<Value>(_ take: (inout WireReader) -> Value?) -> Value?? {
    guard let isThere = flag() else { return nil }
    guard isThere else { return .some(nil) }
    return take(&self).map { .some($0) }
  }
}

/// The frame around a message: its length in four bytes, the lowest first.
public enum WireFrame {
  /// The longest message; the kernel takes no arguments and environment that are longer.
  public static let longest = 8 << 20
  static let longestKey = 200
  static let headerBytes = 4

  /// The message in its frame.
  static func around(_ message: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    writer.block(message)
    return writer.bytes
  }
}

/// Cuts what comes through a socket, in pieces of any size, into messages.
public struct WireBuffer: Sendable {
  /// What there is to be had.
  public enum Step: Hashable, Sendable {
    case message(ArraySlice<UInt8>)
    case incomplete
    /// The other side does not speak our language; nothing after it can be read.
    case oversized
  }

  private var bytes: [UInt8] = []
  private var first = 0

  public init() {}

  /// Adds what came.
  public mutating func append(_ piece: some Sequence<UInt8>) {
    if first > 0 {
      bytes.removeSubrange(..<first)
      first = 0
    }
    bytes.append(contentsOf: piece)
  }

  /// It stands before a frame that is too long.
  var isHopeless: Bool {
    var reader = WireReader(bytes[first...])
    return reader.integer(UInt32.self).map { $0 > WireFrame.longest } ?? false
  }

  /// The next whole message.
  public mutating func next() -> Step {
    var reader = WireReader(bytes[first...])
    guard let length = reader.integer(UInt32.self) else { return .incomplete }
    guard length <= WireFrame.longest else { return .oversized }
    let begin = first + WireFrame.headerBytes
    let end = begin + Int(length)
    guard end <= bytes.count else { return .incomplete }
    let message = bytes[begin..<end]
    first = end
    if first == bytes.count {
      bytes = []
      first = 0
    }
    return .message(message)
  }
}
