import Basics

/// The answer to a request, as it comes.
struct HTTPAnswer {
  /// A head may not be longer.
  private static let longestHead = 1 << 16

  private let address: HTTPAddress
  private var isInBody = false
  private var length: Int?
  private var taken = 0
  private(set) var status = 0
  /// It tells events, for as long as there are any.
  private(set) var isStream = false
  /// What came and was not taken: of the head first, then of the body.
  var waiting: [UInt8] = []

  init(from address: HTTPAddress) { self.address = address }

  mutating func take(_ bytes: some Collection<UInt8>) throws(CommandFailure) {
    waiting += bytes
    if isInBody {
      taken += bytes.count
    } else {
      try takeHead()
    }
    guard waiting.count <= RemoteServer.longestAnswer else {
      throw CommandFailure(.failed, "'\(address)' says more than is taken", help: "ask for less")
    }
  }

  /// The connection is over: that is the end of a body that says no length.
  func checkEnd() throws(CommandFailure) {
    guard isInBody, length.map({ $0 == taken }) ?? true else { throw broken }
  }

  private mutating func takeHead() throws(CommandFailure) {
    let gap = Array("\r\n\r\n".utf8)
    let end = waiting.indices.dropLast(gap.count - 1).first { place in
      waiting[place] == 13 && waiting[place..<place + gap.count].elementsEqual(gap)
    }
    guard let end else {
      if waiting.count > Self.longestHead { throw broken }
      return
    }
    let lines = String(decoding: waiting[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { throw broken }
    waiting.removeFirst(end + gap.count)
    // An answer that only says that another one follows, as to who asks whether to go on.
    if (100..<200).contains(status) { return try takeHead() }
    self.status = status
    (isInBody, taken) = (true, waiting.count)
    if let text = Self.value(of: "content-length", lines) {
      guard let length = Int(text) else { throw broken }
      self.length = length
    }
    isStream = Self.value(of: "content-type", lines)?.hasPrefix("text/event-stream") ?? false
  }

  private static func value(of name: String, _ lines: [Substring]) -> String? {
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
      return line[line.index(after: colon)...].drop { $0 == " " }.lowercased()
    }
    return nil
  }

  private var broken: CommandFailure {
    CommandFailure(.failed, "'\(address)' does not speak HTTP, or broke off")
  }
}
