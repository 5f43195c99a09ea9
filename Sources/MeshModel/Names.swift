/// The rule for every name an engineer gives: `[a-z][a-z0-9_]*`, at most 64 long.
public enum Name {
  public static let longest = 64
  /// Words that mean something to SQLite or to Heddle itself, so no domain may have them.
  public static let reservedDomains: Set<String> = ["main", "temp", "heddle"]

  public static func isValid(_ text: some StringProtocol) -> Bool {
    var bytes = text.utf8.makeIterator()
    guard let first = bytes.next(), (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return false
    }
    guard text.utf8.count <= longest else { return false }
    while let byte = bytes.next() {
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
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ Name.isValid($0) }) else { return nil }
    self.init(domain: String(parts[0]), name: String(parts[1]))
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
