import MeshModel

/// The rows of a text file, one at a time.
///
/// `next` fills `row`, whose fields stand in the order of the columns asked for.
protocol RecordReader {
  mutating func next() throws(AttemptFailure) -> RecordStep
  /// The latest row.
  var row: RowBuffer { get }
  /// The line of the file on which the latest row began, from 1.
  var line: Int { get }
}

/// What reading one row came to.
enum RecordStep: Equatable {
  case row
  /// The row is not as it should be; reading may go on behind it.
  case bad(String)
  case end
}

/// The fields of a row, kept in one piece of memory that is used again for the next row.
struct RowBuffer {
  enum Field: Equatable {
    case null
    case integer(Int64)
    case real(Double)
    /// A range of `bytes`: checked UTF-8.
    case text(Range<Int>)
    case blob(Range<Int>)
  }

  var bytes: [UInt8] = []
  var fields: [Field] = []

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
  }

  /// A field as text for messages.
  func text(_ field: Field) -> String {
    switch field {
    case .null: "NULL"
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .text(let range), .blob(let range): String(decoding: bytes[range], as: UTF8.self)
    }
  }
}
