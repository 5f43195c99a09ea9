/// A request as it was read: one that is here was formed to the letter.
public struct HTTPRequest: Hashable, Sendable {
  /// The version of the protocol that the other end speaks.
  public enum Version: Hashable, Sendable { case http10, http11 }

  /// As it was sent; methods tell upper from lower case.
  public var method: String
  public var target: RequestTarget
  public var version: Version
  public var headers: HeaderFields
  /// Whom the request is for: the one `host` field, or what an absolute target says.
  public var host: RequestHost
  public var body: [UInt8] = []
  /// The address of the other end, without its port.
  public var peer = ""

  /// The other end wants the connection to end with the answer.
  var closes: Bool { version == .http10 || headers.words("connection").contains("close") }
}

/// The name and the port in a `host` field.
public struct RequestHost: Hashable, Sendable {
  /// In lower case; an IPv6 address stands in brackets.
  public let name: String
  /// Nil: none is said.
  public let port: Int?

  /// Reads `name`, `name:port`, `[address]` or `[address]:port`; nil when it is none of these.
  public init?(_ text: some StringProtocol) {
    var rest = Substring(text)
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      let address = rest[rest.index(after: rest.startIndex)..<end]
      guard !address.isEmpty, address.utf8.allSatisfy(Self.isAddress) else { return nil }
      name = rest[...end].lowercased()
      rest = rest[rest.index(after: end)...]
    } else {
      let own = rest.prefix { $0 != ":" }
      guard !own.isEmpty, own.utf8.allSatisfy(Self.isName) else { return nil }
      name = own.lowercased()
      rest = rest[own.endIndex...]
    }
    guard !rest.isEmpty else {
      port = nil
      return
    }
    let digits = rest.dropFirst()
    guard rest.first == ":", (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit),
      let number = Int(digits), number <= 65_535
    else { return nil }
    port = number
  }

  private static func isAddress(_ byte: UInt8) -> Bool {
    byte.isHexadecimal || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
  }

  private static func isName(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "_")
  }
}
