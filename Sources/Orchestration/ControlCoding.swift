import Basics
import MeshModel
import Planning

/// How requests and replies stand on the control socket: one JSON object a line.
///
/// A request names the protocol (`heddle`: 1) and what it asks (`ask`); a reply says what it tells (`tell`).
/// What is nil or false is left out. A request with a member that is not known is refused, for it may change
/// what is meant; in a reply such a member is passed over: an older command understands a newer owner.
public enum ControlCoding {
  public static let version: Int64 = 1
  /// A line, without its end, is at most so long.
  public static let longestLine = 1 << 20
  /// How deep a message nests.
  private static let depth = 4

  /// Why a line is no message. The text names what was wrong, never what was sent.
  public struct Failure: Error, Hashable, Sendable {
    public var message: String
  }

  static func members(_ line: some Collection<UInt8>) throws(Failure) -> ControlMembers {
    guard line.count <= longestLine else { throw Failure(message: "the line is too long") }
    let value: JSONValue
    do { value = try JSONValue(parsing: line, depth: depth) } catch {
      throw Failure(message: "the line is no JSON: \(error.message) at byte \(error.offset)")
    }
    guard case .object(let members) = value else { throw Failure(message: "the line is no object") }
    return try ControlMembers(members)
  }

  static func line(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(members)
    return writer.bytes
  }
}

/// The members of a message, taken out one by one with their types.
struct ControlMembers {
  private var values: [String: JSONValue] = [:]

  init(_ members: [JSONValue.Member]) throws(ControlCoding.Failure) {
    for member in members {
      guard values.updateValue(member.value, forKey: member.key) == nil else {
        throw ControlCoding.Failure(message: "a member is given twice")
      }
    }
  }

  /// Whether nothing is left that nobody asked for.
  func checkEmpty() throws(ControlCoding.Failure) {
    guard values.isEmpty else { throw ControlCoding.Failure(message: "it has a member that is not known") }
  }

  /// A text; nil where it is left out or null.
  mutating func optionalText(_ name: String) throws(ControlCoding.Failure) -> String? {
    switch values.removeValue(forKey: name) {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw Self.wrong(name)
    }
  }

  mutating func text(_ name: String) throws(ControlCoding.Failure) -> String {
    guard let text = try optionalText(name) else { throw Self.wrong(name) }
    return text
  }

  mutating func optionalInteger(_ name: String) throws(ControlCoding.Failure) -> Int64? {
    switch values.removeValue(forKey: name) {
    case nil, .null: return nil
    case .integer(let number): return number
    default: throw Self.wrong(name)
    }
  }

  /// A whole number that may count or name something.
  mutating func optionalNumber(_ name: String, from least: Int64) throws(ControlCoding.Failure) -> Int64? {
    guard let number = try optionalInteger(name) else { return nil }
    guard number >= least else { throw Self.wrong(name) }
    return number
  }

  mutating func number(_ name: String, from least: Int64) throws(ControlCoding.Failure) -> Int64 {
    guard let number = try optionalNumber(name, from: least) else { throw Self.wrong(name) }
    return number
  }

  /// False where it is left out.
  mutating func flag(_ name: String) throws(ControlCoding.Failure) -> Bool {
    switch values.removeValue(forKey: name) {
    case nil, .null: return false
    case .boolean(let value): return value
    default: throw Self.wrong(name)
    }
  }

  /// Names with texts.
  mutating func texts(_ name: String) throws(ControlCoding.Failure) -> [String: String] {
    switch values.removeValue(forKey: name) {
    case nil, .null: return [:]
    case .object(let members):
      var texts: [String: String] = [:]
      for member in members {
        guard case .string(let text) = member.value, texts.updateValue(text, forKey: member.key) == nil
        else { throw Self.wrong(name) }
      }
      return texts
    default: throw Self.wrong(name)
    }
  }

  /// Numbers that name something.
  mutating func numbers(_ name: String) throws(ControlCoding.Failure) -> [Int64] {
    switch values.removeValue(forKey: name) {
    case nil, .null: return []
    case .array(let items):
      var numbers: [Int64] = []
      for item in items {
        guard case .integer(let number) = item, number > 0 else { throw Self.wrong(name) }
        numbers.append(number)
      }
      return numbers
    default: throw Self.wrong(name)
    }
  }

  /// One word of a list.
  mutating func word<Word: RawRepresentable<String>>(
    _ name: String, _ type: Word.Type = Word.self
  ) throws(ControlCoding.Failure) -> Word {
    guard let word = Word(rawValue: try text(name)) else { throw Self.wrong(name) }
    return word
  }

  static func wrong(_ name: String) -> ControlCoding.Failure {
    ControlCoding.Failure(message: "'\(name)' is missing or of the wrong kind")
  }
}

extension JSONWriter {
  mutating func text(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  mutating func number(_ name: String, _ value: (some FixedWidthInteger)?) {
    guard let value else { return }
    key(name)
    integer(value)
  }

  mutating func flag(_ name: String, _ value: Bool) {
    guard value else { return }
    key(name)
    boolean(true)
  }

  mutating func texts(_ name: String, _ values: [String: String]) {
    guard !values.isEmpty else { return }
    key(name)
    object { writer in
      for (name, value) in values.sorted(by: { $0.key < $1.key }) { writer.text(name, value) }
    }
  }
}
