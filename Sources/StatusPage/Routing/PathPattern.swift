import MeshModel

/// The paths of a route: words, and places for names and numbers that are checked here, once.
struct PathPattern: Hashable, Sendable {
  /// What may stand in a place, by its name.
  enum Kind: String, CaseIterable, Sendable {
    case domain, pipeline, dataset, run, task, index, attempt, backfill, alert, silence, code

    func accepts(_ text: String) -> Bool {
      switch self {
      case .domain, .pipeline, .task: Name.isValid(text)
      case .dataset: DatasetName(text) != nil
      case .run, .attempt, .alert, .silence: Self.number(text, from: 1)
      case .index: Self.number(text, from: 0)
      case .backfill: text.first == "b" && Self.number(text.dropFirst(), from: 1)
      case .code: !text.isEmpty && text.utf8.count <= 128 && text.utf8.allSatisfy(Self.isWord)
      }
    }

    /// No number of ours has more digits.
    static let mostDigits = 18

    /// Digits as we write them, so that no two paths name the same thing.
    private static func number(_ text: some StringProtocol, from least: Int64) -> Bool {
      guard text.utf8.count <= mostDigits, let number = Int64(text), number >= least else { return false }
      return String(number) == text
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      let lower = byte | 0x20
      return (0x30...0x39).contains(byte) || (0x61...0x7A).contains(lower) || byte == 0x5F
    }
  }

  enum Part: Hashable, Sendable {
    case word(String)
    case value(Kind)
    /// Whatever follows.
    case rest
  }

  /// `/api/v1/runs/{run}`; `*` at the end stands for whatever follows.
  let text: String
  let parts: [Part]

  init(_ text: String) {
    self.text = text
    parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
      if part == "*" { return .rest }
      let kind = part.hasPrefix("{") ? Kind(rawValue: String(part.dropFirst().dropLast())) : nil
      return kind.map { .value($0) } ?? .word(String(part))
    }
  }

  /// The values of a path; nil: it is another one.
  func match(_ path: [String]) -> [Kind: String]? {
    var values: [Kind: String] = [:]
    for (place, part) in parts.enumerated() {
      if part == .rest { return values }
      guard place < path.count else { return nil }
      switch part {
      case .word(let word): if path[place] != word { return nil }
      case .value(let kind):
        guard kind.accepts(path[place]) else { return nil }
        values[kind] = path[place]
      case .rest: break
      }
    }
    return path.count == parts.count ? values : nil
  }

  /// The kinds of its values, in their order.
  var kinds: [Kind] {
    parts.compactMap { part in
      if case .value(let kind) = part { kind } else { nil }
    }
  }
}
