import SQLite

/// Something that is true of every state file that Heddle wrote, and how to see that it is.
public struct StateLaw: Sendable {
  /// How a state file is held against it.
  enum Question: Sendable {
    /// SQL that answers a sentence for each break, asked of some runs at a time: those from ?1 to ?2.
    case ofRuns(String)
    /// SQL that answers a sentence for each break.
    case ofAll(String)
    /// What SQL alone cannot tell.
    case reading(@Sendable (StateReader) throws -> [String])
  }

  /// For programs: `attempt_numbers`.
  public let name: String
  /// Its number among the laws that the documentation lists; nil: it follows from the tables' meaning.
  public let number: Int?
  /// What is true, in one sentence.
  public let sentence: String
  let question: Question

  init(_ name: String, number: Int? = nil, _ sentence: String, _ question: Question) {
    self.name = name
    self.number = number
    self.sentence = sentence
    self.question = question
  }

  /// All of them, the cheapest first.
  public static let all: [StateLaw] = [
    integrity, wholeLog, legalRuns, legalInstances, legalAttempts, attemptNumbers, oneLiveAttempt,
    oneLiveRun, finalRuns, attemptKeys, materialized, fold,
  ]
}

extension StateReader {
  /// More breaks of one law than these tell nothing new.
  static let mostBreaks = 20
  private static let runsAtOnce: Int64 = 2000

  /// Where the state file breaks a law, a sentence each, at most twenty. No snapshot is held over the whole.
  public func breaks(of law: StateLaw) throws(RecordsError) -> [String] {
    try recordsErrors {
      switch law.question {
      case .ofAll(let sql): try snapshot { _ in try rows(sql) { try $0.text(0) } }
      case .ofRuns(let sql): try breaks(ofRuns: sql)
      case .reading(let body): try Array(body(self).prefix(Self.mostBreaks))
      }
    }
  }

  private func breaks(ofRuns sql: String) throws -> [String] {
    let last = try connection.integer(of: "SELECT max(id) FROM runs")
    var found: [String] = []
    var first: Int64 = 1
    while first <= last, found.count < Self.mostBreaks {
      let end = first + Self.runsAtOnce - 1
      found += try snapshot { _ in
        try rows(sql + " LIMIT \(Self.mostBreaks)") {
          $0.add(first)
          $0.add(end)
        } _: {
          try $0.text(0)
        }
      }
      first = end + 1
    }
    return found
  }
}
