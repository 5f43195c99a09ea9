import Basics
import Declarations
import Glibc
import HTTPServer
import MeshModel
import Planning

@testable import Execution
@testable import Orchestration

/// What libFuzzer feeds with bytes: everything that comes from outside and is parsed.
///
/// A target never traps, hangs or takes much memory, whatever it is given; what it reads it reads back the
/// same where it has a form.
enum FuzzTarget: String, CaseIterable {
  case declarations, csv, jsonlines, output, control, keeper, isolated, http

  func run(_ bytes: [UInt8]) {
    switch self {
    case .declarations: Self.declarations(bytes)
    case .csv: Self.rows(bytes) { try CSVReader($0, columns: Self.columns, nullTexts: ["", "NA"]) }
    case .jsonlines: Self.rows(bytes) { JSONLinesReader($0, columns: Self.columns, nullTexts: ["", "NA"]) }
    case .output: if let told = try? TaskOutput(parsing: bytes) { Self.outputAgain(told) }
    case .control: Self.control(bytes)
    case .keeper: Self.keeper(bytes)
    case .isolated: Self.isolated(bytes)
    case .http: Self.http(bytes)
    }
  }

  /// The first byte says which file of a small project the rest is.
  private static func declarations(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    var files = [
      "dags/mesh.yaml": Array("values: {a: 1}\npools: {p: 2}\n".utf8),
      "dags/d/domain.yaml": Array("domain: d\nowner: o\n".utf8),
      "dags/d/p.yaml": Array("pipeline: p\ntasks:\n  t: {run: 'true', writes: d.a}\n".utf8),
    ]
    let paths = files.keys.sorted()
    files[paths[Int(first) % paths.count]] = Array(bytes.dropFirst())
    _ = DeclarationLoader.load(project: "/project", files: MemoryFiles(files: files))
  }

  private static let columns = [
    Column(name: "a", type: .text), Column(name: "b", type: .integer), Column(name: "c", type: .real),
  ]

  /// Reads all rows of a file with these bytes.
  private static func rows(_ bytes: [UInt8], _ open: (ByteStream) throws -> any RecordReader) {
    guard let file = scratch else { return }
    ftruncate(file.number, 0)
    lseek(file.number, 0, SEEK_SET)
    file.write(bytes)
    lseek(file.number, 0, SEEK_SET)
    do {
      var reader = try open(ByteStream(file, path: "scratch", pieceBytes: 7))
      while true {
        if case .end = try reader.next() { return }
      }
    } catch {
      // Refused with a reason.
    }
  }

  private static let scratch: FileDescriptor? = {
    let path = "/dev/shm/heddle-fuzz-\(getpid())"
    let file = FileDescriptor(path: path, flags: O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
    unlink(path)
    return file
  }()

  private static func outputAgain(_ told: TaskOutput) {
    let again = try? TaskOutput(parsing: Array(told.json.utf8))
    precondition(again?.json == told.json && again?.rows == told.rows, "what was told reads otherwise again")
  }

  private static func control(_ bytes: [UInt8]) {
    if let request = try? ControlCoding.request(from: bytes) {
      let again = try? ControlCoding.request(from: ControlCoding.encode(request))
      precondition(again == request, "a request reads otherwise again")
    }
    if let reply = try? ControlCoding.reply(from: bytes) {
      let again = try? ControlCoding.reply(from: ControlCoding.encode(reply))
      precondition(again == reply, "a reply reads otherwise again")
    }
  }

  /// What an isolated process is given, and what it tells.
  private static func isolated(_ bytes: [UInt8]) {
    if let order = IsolatedOrder(decoding: bytes) { _ = TaskSite(order.order.context) }
    let key = AttemptKey("key")
    guard let json = try? JSONValue(parsing: bytes), let outcome = json.outcome(of: key) else { return }
    let again = JSONValue(outcome, of: key).outcome(of: key)
    precondition(again == outcome, "an outcome reads otherwise again")
  }

  /// Requests that come whole, and byte by byte.
  private static func http(_ bytes: [UInt8]) {
    var (whole, pieces) = (RequestParser(), RequestParser())
    whole.take(bytes)
    var read: [HTTPRequest] = []
    while case .request(let request) = settled(&whole) { read.append(request) }
    var place = 0
    // Whoever reads a connection stops at the first failure.
    reading: for byte in bytes {
      pieces.take(CollectionOfOne(byte))
      while true {
        switch settled(&pieces) {
        case .request(let request):
          precondition(place < read.count && request == read[place], "a request reads otherwise in pieces")
          precondition(!request.target.path.contains(".."), "a path leads upward")
          place += 1
        case .failed: break reading
        case .incomplete, .awaitsContinue: continue reading
        }
      }
    }
    precondition(place == read.count, "a request is lost in pieces")
  }

  private static func settled(_ parser: inout RequestParser) -> RequestParser.Step {
    let step = parser.next()
    return step == .awaitsContinue ? parser.next() : step
  }

  private static func keeper(_ bytes: [UInt8]) {
    _ = KeeperRequest(decoding: bytes[...])
    _ = KeeperAnswer(decoding: bytes[...])
    _ = KeeperJournal(parsing: bytes)
    var frames = WireBuffer()
    for piece in stride(from: 0, to: bytes.count, by: 5) {
      frames.append(bytes[piece..<min(piece + 5, bytes.count)])
      while case .message(let message) = frames.next() {
        _ = KeeperRequest(decoding: message)
        _ = KeeperAnswer(decoding: message)
      }
    }
  }
}

private struct MemoryFiles: DeclarationFiles {
  let files: [String: [UInt8]]

  func entries(of folder: String) throws(Declarations.FileProblem) -> [FileEntry] {
    let prefix = folder.isEmpty ? "" : folder + "/"
    var found: [String: Bool] = [:]
    for path in files.keys where path.hasPrefix(prefix) {
      let rest = path.dropFirst(prefix.count)
      let name = String(rest.prefix { $0 != "/" })
      found[name] = rest.contains("/")
    }
    return found.sorted { $0.key < $1.key }.map { FileEntry(name: $0.key, isFolder: $0.value) }
  }

  func content(of path: String) throws(Declarations.FileProblem) -> [UInt8] {
    guard let bytes = files[path] else { throw .missing }
    return bytes
  }
}

private let target = getenv("FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

/// What libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let target else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
    let line = "FUZZ_TARGET names one of \(names)\n"
    write(2, line, line.utf8.count)
    exit(2)
  }
  target.run(Array(UnsafeBufferPointer(start: data, count: data == nil ? 0 : count)))
  return 0
}
