import MeshModel

/// Reads CSV as RFC 4180 has it: a header line, quotes, line ends within quotes, CRLF or LF.
///
/// Fields are found by the header's names, in any order; columns of the file that nobody asked for are passed
/// over. A byte order mark is passed over, an empty line is no row.
struct CSVReader: RecordReader {
  /// A longer row is a mistake: a quote that is never closed, most likely.
  static let mostRowBytes = 16 << 20

  private var stream: ByteStream
  private let columns: [Column]
  private let parser: FieldParser
  /// For each column the place of its field in the file's rows.
  private var places: [Int] = []
  private var width = 0
  private var content: [UInt8] = []
  private var ends: [Int] = []
  private var nextLine = 1

  private(set) var row = RowBuffer()
  private(set) var line = 1

  /// Reads the header.
  init(_ stream: ByteStream, columns: [Column], nullTexts: [String]) throws(AttemptFailure) {
    self.stream = stream
    self.columns = columns
    parser = FieldParser(nullTexts: nullTexts)
    try readHeader()
  }

  private mutating func readHeader() throws(AttemptFailure) {
    let problem = try readRecord()
    if let problem { throw AttemptFailure("load", "line 1: \(problem)") }
    guard !ends.isEmpty else { throw AttemptFailure("load", "the file is empty; a header line is expected") }
    let names = (0..<ends.count).map { content[fieldRange($0)] }
    width = names.count
    for column in columns {
      let found = names.indices.filter { names[$0].elementsEqual(column.name.utf8) }
      guard let place = found.first else {
        let header = names.prefix(20).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
        throw AttemptFailure("load", "the header has no column '\(column.name)'; it has \(header)")
      }
      guard found.count == 1 else {
        throw AttemptFailure("load", "the header has the column '\(column.name)' \(found.count) times")
      }
      places.append(place)
    }
  }

  mutating func next() throws(AttemptFailure) -> RecordStep {
    while true {
      line = nextLine
      if let problem = try readRecord() { return .bad(problem) }
      if ends.isEmpty { return .end }
      let isEmptyLine = ends.count == 1 && content.isEmpty && width > 1
      if !isEmptyLine { break }
    }
    guard ends.count == width else {
      return .bad("it has \(ends.count) fields, the header \(width)")
    }
    return fillRow().map(RecordStep.bad) ?? .row
  }

  /// Turns the fields that were asked for into values; what is wrong, if something is.
  private mutating func fillRow() -> String? {
    row.fields.removeAll(keepingCapacity: true)
    // The row borrows the record's bytes for as long as it is the latest.
    swap(&row.bytes, &content)
    var problem: String?
    for (column, place) in zip(columns, places) {
      let range = fieldRange(place)
      switch parser.parse(row.bytes, range, as: column.type) {
      case .success(let field): row.fields.append(field)
      case .failure(let fault):
        problem = fault.text(column: column, bytes: row.bytes[range])
      }
      if problem != nil { break }
    }
    return problem
  }

  private func fieldRange(_ place: Int) -> Range<Int> { (place == 0 ? 0 : ends[place - 1])..<ends[place] }

  /// Reads one record into `content` and `ends`; no field at all at the end of the file. What is wrong with
  /// it, if something is; then it was read to the end of its line.
  private mutating func readRecord() throws(AttemptFailure) -> String? {
    content.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    guard try stream.peek() != nil else { return nil }
    var problem: String?
    while true {
      if try stream.peek() == Self.quote {
        if let found = try readQuoted() { problem = problem ?? found }
      } else {
        try stream.take(into: &content, most: Self.mostRowBytes) {
          $0 == Self.comma || $0 == Self.newline || $0 == Self.carriageReturn
        }
      }
      guard content.count <= Self.mostRowBytes else {
        throw AttemptFailure("load", "line \(line): the row is longer than 16 MiB; is a quote not closed?")
      }
      switch try stream.take() {
      case Self.comma?: ends.append(content.count)
      case Self.carriageReturn? where try stream.peek() != Self.newline: content.append(Self.carriageReturn)
      case Self.carriageReturn?: continue
      case Self.newline?:
        nextLine += 1
        ends.append(content.count)
        return problem
      case nil:
        ends.append(content.count)
        return problem
      case let byte?: content.append(byte)
      }
    }
  }

  /// Reads a field in quotes up to the comma or line end behind it.
  private mutating func readQuoted() throws(AttemptFailure) -> String? {
    _ = try stream.take()
    while true {
      try stream.take(into: &content, most: Self.mostRowBytes) { $0 == Self.quote || $0 == Self.newline }
      guard content.count <= Self.mostRowBytes else {
        throw AttemptFailure("load", "line \(line): the row is longer than 16 MiB; is a quote not closed?")
      }
      switch try stream.take() {
      case Self.newline?:
        nextLine += 1
        content.append(Self.newline)
      case Self.quote?:
        let following = try stream.peek()
        if following == Self.quote {
          _ = try stream.take()
          content.append(Self.quote)
          continue
        }
        let isOver =
          following == nil || following == Self.comma || following == Self.newline
          || following == Self.carriageReturn
        return isOver ? nil : "a quoted field goes on behind its closing quote"
      default:
        throw AttemptFailure("load", "line \(line): a quote is opened and never closed")
      }
    }
  }

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
