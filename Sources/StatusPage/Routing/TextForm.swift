import MeshModel
import Orchestration

/// What a text of a request may be, for who checks it and for the document of the API alike.
enum TextForm: Hashable, Sendable {
  /// Anything, so many letters of it.
  case free(ClosedRange<Int>)
  /// The name of a domain.
  case name
  /// `domain/name`.
  case pipeline
  /// `b12`.
  case backfill
  /// What lists give for their next page, or the key of a partition.
  case key
  /// Which tasks are meant. Whoever reads it can say what is wrong with it; here it is only not too long.
  case selector(longest: Int)
  /// A span of time, `1h30m`; checked by who reads it, too.
  case span
  /// Some of these words, with commas between them.
  case words([String])
  /// `run:412`, so many of them at most, with commas between them.
  case runs(Int)

  // However they are written, all the texts that a path takes fit into a request line of 8 KiB.
  static let search = free(0...100)
  static let remark = free(0...ControlRequest.longestRemark)
  static let selection = selector(longest: 500)
  /// Of a body, where there is more room.
  static let longSelection = selector(longest: 4096)

  /// Regular expressions of a name, and of the number of a run or a backfill.
  static let nameExpression = "[a-z][a-z0-9_]{0,63}"
  static let numberExpression = "[1-9][0-9]{0,\(PathPattern.Kind.mostDigits - 1)}"

  /// How many letters it may have; nil: the pattern says it all.
  var lengths: ClosedRange<Int>? {
    switch self {
    case .free(let range): range
    case .key: 1...130
    case .selector(let longest): 1...longest
    case .span: 2...40
    case .name, .pipeline, .backfill, .words, .runs: nil
    }
  }

  /// A regular expression, as ECMA-262 has them, of all that it may be.
  var pattern: String {
    let (name, number) = (Self.nameExpression, Self.numberExpression)
    switch self {
    case .free: return "^[^\\u0000]*$"
    case .name: return "^\(name)$"
    case .pipeline: return "^\(name)/\(name)$"
    case .backfill: return "^b\(number)$"
    case .key: return "^[!-~]+$"
    case .selector:
      let names = "\\*|\(name)/\\*|\(name)/\(name)(\\.\(name))?|\(name)\\.\(name)"
      let conditions = "(domain|owner|tag|status):[^ ,+\\u0000]+|stale:[^ ,+\\u0000]*"
      let steps = "(\(number))?"
      let part = "(\(steps)\\+)?(\(names)|\(conditions))(\\+\(steps))?"
      return "^ *\(part)((,| +)\(part))* *$"
    case .span: return "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
    case .words(let words):
      let word = "(\(words.joined(separator: "|")))"
      return "^\(word)(,\(word)){0,\(words.count - 1)}$"
    case .runs(let most):
      let run = "run:\(number)"
      return "^\(run)(,\(run)){0,\(most - 1)}$"
    }
  }

  /// Says what a text of another form is to be; nil: it is as it should.
  func complaint(about text: String) -> String? {
    if let lengths, !lengths.contains(text.unicodeScalars.count) {
      return "has \(lengths.lowerBound) to \(lengths.upperBound) letters"
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    switch self {
    case .free: return text.utf8.contains(0) ? "has no NUL in it" : nil
    case .selector, .span: return nil
    case .name: return Name.isValid(text) ? nil : "is a name of small letters, digits and '_'"
    case .pipeline: return PipelineName(text) == nil ? "is domain/name" : nil
    case .backfill: return PathPattern.Kind.backfill.accepts(text) ? nil : "is the number of a backfill, b12"
    case .key:
      let isKey = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      return isKey ? nil : "has no spaces and none but ASCII letters"
    case .words(let words):
      let isGood = parts.count <= words.count && parts.allSatisfy { words.contains(String($0)) }
      return isGood ? nil : "is one or more of \(words.joined(separator: ", ")), with commas between them"
    case .runs(let most):
      let isGood = parts.count <= most && parts.allSatisfy(Self.isRun)
      return isGood ? nil : "is run:412, or at most \(most) of them with commas between them"
    }
  }

  private static func isRun(_ part: Substring) -> Bool {
    part.hasPrefix("run:") && PathPattern.Kind.run.accepts(String(part.dropFirst(4)))
  }
}
