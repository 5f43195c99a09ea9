import Glibc
import MeshModel
import TestKit
import Testing

@testable import Execution

/// A file's rows as a reader gives them, for tests.
struct RowReading: Equatable {
  var rows: [[RowBuffer.Field]] = []
  var texts: [[String]] = []
  var bad: [String] = []

  /// Reads a CSV text to its end.
  static func csv(
    _ bytes: [UInt8], _ columns: [Column], null: [String] = [""], pieceBytes: Int = 7,
    folder: TemporaryFolder? = nil
  ) throws -> RowReading {
    try reading(bytes, pieceBytes, folder) { stream in
      try CSVReader(stream, columns: columns, nullTexts: null)
    }
  }

  static func jsonLines(
    _ bytes: [UInt8], _ columns: [Column], null: [String] = [""], pieceBytes: Int = 7,
    folder: TemporaryFolder? = nil
  ) throws -> RowReading {
    try reading(bytes, pieceBytes, folder) { stream in
      JSONLinesReader(stream, columns: columns, nullTexts: null)
    }
  }

  private static func reading<Reader: RecordReader>(
    _ bytes: [UInt8], _ pieceBytes: Int, _ folder: TemporaryFolder?, _ open: (ByteStream) throws -> Reader
  ) throws -> RowReading {
    let folder = try folder ?? TemporaryFolder()
    let path = try folder.write(bytes, to: "rows")
    let file = try #require(FileDescriptor(path: path, flags: O_RDONLY))
    var reader = try open(ByteStream(file, path: path, pieceBytes: pieceBytes))
    var reading = RowReading()
    while true {
      switch try reader.next() {
      case .row:
        reading.rows.append(reader.row.fields)
        reading.texts.append(reader.row.fields.map { reader.row.text($0) })
      case .bad(let problem): reading.bad.append("\(reader.line): \(problem)")
      case .end: return reading
      }
    }
  }
}
