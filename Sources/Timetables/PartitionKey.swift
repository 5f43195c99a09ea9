import MeshModel

/// A partition's key, taken apart by its form alone.
struct PartitionKey: Equatable {
  var grain: Grain
  var year: Int
  /// The month, or of weekly keys the week.
  var part = 1
  var day = 1
  var hour = 0
  /// What follows an hour: its offset, as it is written.
  var offset = ""

  /// Nil when the text has the form of no key.
  init?(_ text: String) {
    var rest = text.utf8[...]
    func take(_ byte: Character) -> Bool {
      guard let ascii = byte.asciiValue, rest.first == ascii else { return false }
      rest.removeFirst()
      return true
    }
    func number(_ digits: Int) -> Int? {
      let taken = rest.prefix(digits)
      guard taken.count == digits, taken.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      rest = rest.dropFirst(digits)
      return taken.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    guard let year = number(4) else { return nil }
    self.year = year
    grain = .yearly
    if rest.isEmpty { return }
    guard take("-") else { return nil }
    grain = take("W") ? .weekly : .monthly
    guard let part = number(2) else { return nil }
    self.part = part
    if rest.isEmpty { return }
    guard grain == .monthly, take("-"), let day = number(2) else { return nil }
    self.day = day
    grain = .daily
    if rest.isEmpty { return }
    guard take("T"), let hour = number(2), take(":"), take("0"), take("0") else { return nil }
    self.hour = hour
    grain = .hourly
    guard let sign = rest.first else { return }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    offset = String(rest) ?? ""
    guard rest.dropFirst().allSatisfy({ (0x30...0x3A).contains($0) }) else { return nil }
  }
}

/// Why a text is no key of a calendar.
public struct PartitionKeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As it was given.
  public var key: String
  /// One sentence in lower case, names in 'quotes'.
  public var message: String
  /// What to write instead.
  public var help: String

  public var description: String { message }
}

extension Grain {
  /// The grain whose keys have the form of this text; nil when none has.
  public init?(ofKey text: String) {
    guard let key = PartitionKey(text) else { return nil }
    self = key.grain
  }

  /// A key of the grain, to show its form.
  public var exampleKey: String {
    switch self {
    case .hourly: "2013-01-31T05:00"
    case .daily: "2013-01-31"
    case .weekly: "2013-W05"
    case .monthly: "2013-01"
    case .yearly: "2013"
    }
  }
}
