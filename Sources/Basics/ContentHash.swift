/// A digest of rows that depends neither on their order nor on that of their columns: equal for equal rows,
/// and for others almost never.
///
/// Rows that come several times count several times. It guards against nobody: it tells whether a result is
/// the one that was there before.
public struct ContentHash: Sendable {
  /// A column, ready to be told apart from the others of its row.
  public struct Column: Sendable {
    fileprivate let salt: UInt64

    public init(_ name: String) {
      var name = name.lowercased()
      salt = name.withUTF8 { ContentHash.mixed(0, bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  private var sum: UInt64 = 0
  private var row: UInt64 = 0

  public init() {}

  /// The digest of the rows so far; never 0.
  public var value: Int64 {
    let value = Int64(bitPattern: sum &+ Self.seed)
    return value == 0 ? 1 : value
  }

  /// Adds NULL to the row that is read.
  public mutating func addNull(in column: Column) { row &+= Self.mixed(column.salt, 1) }

  /// Adds a value to the row that is read.
  public mutating func add(_ value: Int64, in column: Column) {
    row &+= Self.mixed(Self.mixed(column.salt, 2), UInt64(bitPattern: value))
  }

  /// A whole number that is written as a real one is another value.
  public mutating func add(_ value: Double, in column: Column) {
    row &+= Self.mixed(Self.mixed(column.salt, 3), value.bitPattern)
  }

  /// Adds a text, in UTF-8, to the row that is read.
  public mutating func add(text: UnsafeRawBufferPointer, in column: Column) {
    row &+= Self.mixed(Self.mixed(column.salt, 4), bytes: text)
  }

  /// Adds bytes that are no text to the row that is read.
  public mutating func add(blob: UnsafeRawBufferPointer, in column: Column) {
    row &+= Self.mixed(Self.mixed(column.salt, 5), bytes: blob)
  }

  /// The row is complete.
  public mutating func endRow() {
    sum &+= Self.mixed(row, 6)
    row = 0
  }

  /// The digest of some words.
  public static func of(_ words: String...) -> Int64 {
    var digest = seed
    for var word in words { digest = word.withUTF8 { mixed(digest, bytes: UnsafeRawBufferPointer($0)) } }
    return Int64(bitPattern: digest) == 0 ? 1 : Int64(bitPattern: digest)
  }

  private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mixed(_ digest: UInt64, _ word: UInt64) -> UInt64 {
    let product = (digest ^ word ^ seed).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return (product.high ^ product.low) &+ seed &* (digest | 1)
  }

  private static func mixed(_ digest: UInt64, bytes: UnsafeRawBufferPointer) -> UInt64 {
    var digest = mixed(digest, UInt64(bytes.count))
    var place = 0
    while place + 8 <= bytes.count {
      digest = mixed(digest, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    var rest: UInt64 = 0
    for byte in bytes[place...] { rest = rest << 8 | UInt64(byte) }
    return mixed(digest, rest)
  }
}
