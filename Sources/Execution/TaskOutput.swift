import Basics
import Glibc
import MeshModel

/// What a task told in the file `$HEDDLE_OUTPUT`.
struct TaskOutput: Sendable {
  static let mostBytes = 1 << 20

  var rows: Int64?
  var bytes: Int64?
  /// What tells the result from others.
  var content: Int64?
  /// All of it as one JSON object, without the spaces it was written with.
  var json: String

  /// Reads the file.
  ///
  /// - Returns: nil when the task wrote none, or left it empty.
  static func read(_ path: String) throws(AttemptFailure) -> TaskOutput? {
    guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else {
      if errno == ENOENT { return nil }
      throw refusal("cannot be read: \(errno == ELOOP ? "it is a symbolic link" : systemMessage(errno))")
    }
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refusal("is no file")
    }
    guard let content = file.read(most: mostBytes + 1) else {
      throw refusal("cannot be read: \(systemMessage(errno))")
    }
    guard content.count <= mostBytes else { throw refusal("is larger than 1 MiB") }
    if content.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return nil }
    return try TaskOutput(parsing: content)
  }

  /// Reads the content of the file: one JSON object whose members of known names have the right types.
  init(parsing content: [UInt8]) throws(AttemptFailure) {
    let value: JSONValue
    do { value = try JSONValue(parsing: content) } catch {
      throw Self.refusal("is no JSON: \(error.message), at byte \(error.offset)")
    }
    guard case .object(let members) = value else { throw Self.refusal("is no JSON object") }
    var names = Set<String>()
    for member in members where !names.insert(member.key).inserted {
      throw Self.refusal("has '\(member.key)' twice")
    }
    rows = try Self.count("rows", in: value)
    bytes = try Self.count("bytes", in: value)
    self.content = try Self.content(in: value)
    if let metrics = value["metrics"], metrics != .null {
      guard case .object(let members) = metrics else {
        throw Self.refusal("has 'metrics' that are no object")
      }
      for member in members where member.value.number == nil {
        throw Self.refusal("has a metric '\(member.key)' that is no number")
      }
    }
    var writer = JSONWriter()
    writer.value(value)
    json = writer.text
  }

  /// A text, such as a checksum, or a number: equal for equal results.
  private static func content(in value: JSONValue) throws(AttemptFailure) -> Int64? {
    switch value["content"] {
    case nil, .null?: return nil
    case .string(let text)?: return ContentHash.of("content", text)
    case .integer(let number)?: return ContentHash.of("content", "\(number)")
    default: throw refusal("has 'content' that is neither a text nor a whole number")
    }
  }

  private static func count(_ name: String, in value: JSONValue) throws(AttemptFailure) -> Int64? {
    guard let member = value[name], member != .null else { return nil }
    guard let count = member.integer, count >= 0 else {
      throw refusal("has '\(name)' that is no whole number from 0 up")
    }
    return count
  }

  private static func refusal(_ text: String) -> AttemptFailure {
    AttemptFailure("output", "the file $HEDDLE_OUTPUT \(text)")
  }
}
