import Basics
import MeshModel

/// Reads JSON lines: one object a line, its members found by the columns' names.
///
/// A member that is missing is NULL, one that nobody asked for is passed over, an empty line is no row. A
/// text may stand for any type, by the rules of CSV; the other way round a number in a text column becomes
/// its text, and so do arrays and objects.
struct JSONLinesReader: RecordReader {
  static let mostRowBytes = 16 << 20

  private var stream: ByteStream
  private let columns: [Column]
  private let parser: FieldParser
  private var content: [UInt8] = []
  private var nextLine = 1

  private(set) var row = RowBuffer()
  private(set) var line = 1

  init(_ stream: ByteStream, columns: [Column], nullTexts: [String]) {
    self.stream = stream
    self.columns = columns
    parser = FieldParser(nullTexts: nullTexts)
  }

  mutating func next() throws(AttemptFailure) -> RecordStep {
    repeat {
      line = nextLine
      content.removeAll(keepingCapacity: true)
      guard try stream.peek() != nil else { return .end }
      try stream.take(into: &content, most: Self.mostRowBytes) { $0 == UInt8(ascii: "\n") }
      guard content.count <= Self.mostRowBytes else {
        throw AttemptFailure("load", "line \(line): the row is longer than 16 MiB")
      }
      _ = try stream.take()
      nextLine += 1
    } while content.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    return fillRow().map(RecordStep.bad) ?? .row
  }

  /// Turns the members that were asked for into values; what is wrong, if something is.
  private mutating func fillRow() -> String? {
    row.removeAll()
    let value: JSONValue
    do { value = try JSONValue(parsing: content) } catch {
      return "it is no JSON: \(error.message), at byte \(error.offset + 1)"
    }
    guard case .object(let members) = value else { return "it is no JSON object" }
    for column in columns {
      // As most readers have it, the last of several members of one name counts.
      let member = members.last { $0.key == column.name }?.value ?? .null
      switch field(member, as: column) {
      case .success(let field): row.fields.append(field)
      case .failure(let fault): return fault.text(column: column, bytes: text(member)[...])
      }
    }
    return nil
  }

  private mutating func field(
    _ member: JSONValue, as column: Column
  ) -> Result<RowBuffer.Field, FieldParser.Fault> {
    switch (member, column.type) {
    case (.null, _): return .success(.null)
    case (.integer(let value), .integer), (.integer(let value), .numeric), (.integer(let value), .any):
      return .success(.integer(value))
    case (.integer(let value), .real): return .success(.real(Double(value)))
    case (.number(let value), .real), (.number(let value), .numeric), (.number(let value), .any):
      return value.isFinite ? .success(.real(value)) : .failure(.isNot("number"))
    case (.boolean(let value), .boolean), (.boolean(let value), .any):
      return .success(.integer(value ? 1 : 0))
    case (.string(let value), .text), (.string(let value), .any):
      let range = append(Array(value.utf8))
      // An empty text is a text here: JSON has a word for NULL.
      return .success(!range.isEmpty && parser.isNull(row.bytes, range) ? .null : .text(range))
    default:
      let range = append(text(member))
      return column.type == .any ? .success(.text(range)) : parser.parse(row.bytes, range, as: column.type)
    }
  }

  private mutating func append(_ bytes: [UInt8]) -> Range<Int> {
    let start = row.bytes.count
    row.bytes.append(contentsOf: bytes)
    return start..<row.bytes.count
  }

  private func text(_ member: JSONValue) -> [UInt8] {
    if case .string(let text) = member { return Array(text.utf8) }
    var writer = JSONWriter()
    writer.value(member)
    return writer.bytes
  }
}
