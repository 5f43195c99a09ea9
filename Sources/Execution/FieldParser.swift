import Glibc
import MeshModel

/// Turns the text of a field into a value of its column's type.
struct FieldParser {
  /// Why a text is no value of its column.
  enum Fault: Error {
    case isNot(String)
    case isNoText

    func text(column: Column, bytes: ArraySlice<UInt8>) -> String {
      let shown = String(decoding: bytes.prefix(60), as: UTF8.self) + (bytes.count > 60 ? "..." : "")
      return switch self {
      case .isNot(let what): "'\(column.name)' is '\(shown)', which is no \(what)"
      case .isNoText: "'\(column.name)' is not UTF-8"
      }
    }
  }

  private let nullTexts: [[UInt8]]
  private let nullCounts: Set<Int>

  init(nullTexts: [String]) {
    self.nullTexts = nullTexts.map { Array($0.utf8) }
    nullCounts = Set(self.nullTexts.map(\.count))
  }

  /// Whether the text means NULL.
  func isNull(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    nullCounts.contains(range.count) && nullTexts.contains { bytes[range].elementsEqual($0) }
  }

  func parse(_ bytes: [UInt8], _ range: Range<Int>, as type: ColumnType) -> Result<RowBuffer.Field, Fault> {
    if isNull(bytes, range) { return .success(.null) }
    switch type {
    case .text, .any: return Self.text(bytes, range)
    case .blob: return .success(.blob(range))
    case .integer:
      return Self.integer(bytes[range]).map { .success(.integer($0)) } ?? .failure(.isNot("whole number"))
    case .real:
      return Self.real(bytes[range]).map { .success(.real($0)) } ?? .failure(.isNot("number"))
    case .numeric:
      if let integer = Self.integer(bytes[range]) { return .success(.integer(integer)) }
      return Self.real(bytes[range]).map { .success(.real($0)) } ?? .failure(.isNot("number"))
    case .boolean:
      return Self.boolean(bytes[range]).map { .success(.integer($0 ? 1 : 0)) }
        ?? .failure(.isNot("boolean (true, false, t, f, 1, 0)"))
    case .date:
      return DateText.isDate(bytes[range]) ? .success(.text(range)) : .failure(.isNot("date (YYYY-MM-DD)"))
    case .timestamp:
      return DateText.isTimestamp(bytes[range])
        ? .success(.text(range)) : .failure(.isNot("time (YYYY-MM-DD HH:MM:SS)"))
    }
  }

  private static func text(_ bytes: [UInt8], _ range: Range<Int>) -> Result<RowBuffer.Field, Fault> {
    // Nearly all text is ASCII, which needs no further look.
    let isASCII = bytes[range].reduce(0, |) < 0x80
    guard isASCII || String(validating: bytes[range], as: UTF8.self) != nil else {
      return .failure(.isNoText)
    }
    return .success(.text(range))
  }

  static func integer(_ bytes: ArraySlice<UInt8>) -> Int64? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = isNegative || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard (0x30...0x39).contains(byte) else { return nil }
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(byte - 0x30)
      let (sum, isOver) = product.addingReportingOverflow(isNegative ? -digit : digit)
      if isTooLarge || isOver { return nil }
      value = sum
    }
    return value
  }

  /// A decimal number, finite; neither hexadecimal nor words.
  static func real(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard !bytes.isEmpty, bytes.count <= 400,
      bytes.allSatisfy({
        (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: "+") || $0 | 0x20 == UInt8(ascii: "e")
      }),
      let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite
    else { return nil }
    return value
  }

  private static func boolean(_ bytes: ArraySlice<UInt8>) -> Bool? {
    switch String(decoding: bytes.prefix(8), as: UTF8.self).lowercased() {
    case "true", "t", "1": true
    case "false", "f", "0": false
    default: nil
    }
  }
}
