/// What a request is about: a path, decoded once, and the parameters behind it.
public struct RequestTarget: Hashable, Sendable {
  /// A parameter of the query.
  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var value: String
  }

  /// The parts between the slashes, decoded; `/` is one empty part, and so is what follows a last slash.
  ///
  /// No part is `.` or `..`, and none holds a slash, a backslash or a control character: what looks like one
  /// path cannot be another one for somebody else.
  public let path: [String]
  /// In their order.
  public let query: [Parameter]
  /// As it was sent, for the record.
  public let text: String

  /// Reads a path with an optional query; nil when it is not formed to the letter.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "/"), bytes.allSatisfy(\.isTargetCharacter) else { return nil }
    let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    var path: [String] = []
    for part in bytes[1..<mark].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let decoded = Self.decode(part, plusIsSpace: false), Self.isPlain(decoded) else { return nil }
      path.append(decoded)
    }
    var query: [Parameter] = []
    for pair in bytes[mark...].dropFirst().split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      guard let name = Self.decode(pair[..<equals], plusIsSpace: true),
        let value = Self.decode(pair[equals...].dropFirst(), plusIsSpace: true)
      else { return nil }
      query.append(Parameter(name: name, value: value))
    }
    self.path = path
    self.query = query
    self.text = String(text)
  }

  /// Undoes `%XX`, once; nil when an escape is broken, or what it stands for is no UTF-8 or a NUL.
  private static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      var byte = bytes[place]
      if byte == UInt8(ascii: "%") {
        guard bytes.endIndex - place > 2, let high = bytes[place + 1].hexadecimalValue,
          let low = bytes[place + 2].hexadecimalValue
        else { return nil }
        byte = high << 4 | low
        place += 2
      } else if byte == UInt8(ascii: "+"), plusIsSpace {
        byte = UInt8(ascii: " ")
      }
      guard byte != 0 else { return nil }
      decoded.append(byte)
      place += 1
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func isPlain(_ part: String) -> Bool {
    guard part != ".", part != ".." else { return false }
    return part.utf8.allSatisfy { byte in
      byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "\\")
    }
  }
}
