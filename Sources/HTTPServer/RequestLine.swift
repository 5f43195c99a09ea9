/// The first line of a request: method, target and version, with one space between them.
struct RequestLine {
  let method: String
  let target: String
  let version: HTTPRequest.Version

  init(parsing line: ArraySlice<UInt8>) throws(RequestFailure) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed("the request line is not three words") }
    guard !parts[0].isEmpty, parts[0].count <= 32, parts[0].allSatisfy(\.isToken) else {
      throw .malformed("the method is no word")
    }
    guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .malformed("the target holds what no target may")
    }
    version = try Self.version(parts[2])
    method = String(decoding: parts[0], as: UTF8.self)
    target = String(decoding: parts[1], as: UTF8.self)
  }

  private static func version(_ word: ArraySlice<UInt8>) throws(RequestFailure) -> HTTPRequest.Version {
    if word.elementsEqual("HTTP/1.1".utf8) { return .http11 }
    if word.elementsEqual("HTTP/1.0".utf8) { return .http10 }
    let bytes = Array(word)
    guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), bytes[5].isDigit,
      bytes[6] == UInt8(ascii: "."), bytes[7].isDigit
    else { throw .malformed("the version is not written as 'HTTP/1.1'") }
    throw RequestFailure(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken here")
  }
}
