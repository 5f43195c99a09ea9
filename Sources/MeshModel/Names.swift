/// The rule for every name an engineer gives: `[a-z][a-z0-9_]*`, at most 64 long.
public enum Name {
  public static let longest = 64
  /// Words that mean something to SQLite or to Heddle itself, so no domain may have them.
  public static let reservedDomains: Set<String> = ["main", "temp", "heddle"]

  /// Whether the text is a name.
  public static func isValid(_ text: some StringProtocol) -> Bool { isValid(Substring(text).utf8) }

  private static func isValid(_ bytes: Substring.UTF8View) -> Bool {
    guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return false
    }
    guard bytes.count <= longest else { return false }
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        continue
      default: return false
      }
    }
    return true
  }
}

/// A dataset's full name, `domain.name`.
public struct DatasetName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let domain: String
  public let name: String

  public init(domain: String, name: String) {
    self.domain = domain
    self.name = name
  }

  /// Reads `domain.name`; nil when it is not two valid names.
  public init?(_ text: some StringProtocol) {
    let text = Substring(text)
    guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
    let domain = text[..<dot]
    let name = text[text.utf8.index(after: dot)...]
    guard Name.isValid(domain), Name.isValid(name) else { return nil }
    self.init(domain: String(domain), name: String(name))
  }

  public var description: String { "\(domain).\(name)" }

  public static func < (left: DatasetName, right: DatasetName) -> Bool {
    (left.domain, left.name) < (right.domain, right.name)
  }
}

/// A pipeline's full name, `domain/name`.
public struct PipelineName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let domain: String
  public let name: String

  public init(domain: String, name: String) {
    self.domain = domain
    self.name = name
  }

  /// Reads `domain/name`; nil when it is not two valid names.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ Name.isValid($0) }) else { return nil }
    self.init(domain: String(parts[0]), name: String(parts[1]))
  }

  public var description: String { "\(domain)/\(name)" }

  public static func < (left: PipelineName, right: PipelineName) -> Bool {
    (left.domain, left.name) < (right.domain, right.name)
  }
}

/// A task's full name, `domain/pipeline.task`.
public struct TaskName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let pipeline: PipelineName
  public let task: String

  public init(pipeline: PipelineName, task: String) {
    self.pipeline = pipeline
    self.task = task
  }

  /// Reads `domain/pipeline.task`; nil when it is not three valid names.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, Name.isValid(parts[1]), let pipeline = PipelineName(parts[0]) else { return nil }
    self.init(pipeline: pipeline, task: String(parts[1]))
  }

  public var description: String { "\(pipeline).\(task)" }

  public static func < (left: TaskName, right: TaskName) -> Bool {
    (left.pipeline, left.task) < (right.pipeline, right.task)
  }
}
