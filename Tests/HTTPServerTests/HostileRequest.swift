import HTTPServer
import Testing

/// Bytes that somebody might send to confuse us, or somebody between us, and the status that they get.
struct HostileRequest: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  /// Nil: it is well-formed, and read as what it looks like.
  let status: Int?

  init(_ name: String, _ text: String, _ status: Int? = 400) {
    self.init(name, bytes: Array(text.utf8), status)
  }

  init(_ name: String, bytes: [UInt8], _ status: Int? = 400) {
    self.name = name
    self.bytes = bytes
    self.status = status
  }

  var testDescription: String { name }

  /// A request whose head has these lines after its first.
  static func fields(_ name: String, _ lines: String, _ status: Int? = 400) -> HostileRequest {
    HostileRequest(name, "POST / HTTP/1.1\r\nHost: localhost\r\n\(lines)\r\n\r\n", status)
  }

  /// A request with this first line.
  static func line(_ name: String, _ line: String, _ status: Int? = 400) -> HostileRequest {
    HostileRequest(name, "\(line)\r\nHost: localhost\r\n\r\n", status)
  }

  static let all = lengths + chunks + lines + targets + fieldForms + hosts + ends + controls + escapes
}

extension HostileRequest {
  /// Two opinions on where a body ends: request smuggling, CL.CL.
  static let lengths: [HostileRequest] = [
    fields("two lengths that differ", "Content-Length: 0\r\nContent-Length: 5"),
    fields("two lengths that agree", "Content-Length: 0\r\nContent-Length: 0"),
    fields("two lengths in other cases", "content-length: 0\r\nCONTENT-LENGTH: 0"),
    fields("two lengths in a list", "Content-Length: 0, 0"),
    fields("two lengths in a list that differ", "Content-Length: 0, 5"),
    fields("a length with a plus", "Content-Length: +0"),
    fields("a negative length", "Content-Length: -1"),
    fields("a length of minus nothing", "Content-Length: -0"),
    fields("a hexadecimal length", "Content-Length: 0x0"),
    fields("a hexadecimal length without its mark", "Content-Length: a"),
    fields("an octal length", "Content-Length: 0o0"),
    fields("a length with an exponent", "Content-Length: 0e0"),
    fields("a length with a fraction", "Content-Length: 0.0"),
    fields("a length with grouping", "Content-Length: 1_000"),
    fields("a length with a space inside", "Content-Length: 0 0"),
    fields("a length with a tab inside", "Content-Length: 0\t0"),
    fields("a length in quotes", "Content-Length: \"0\""),
    fields("an empty length", "Content-Length:"),
    fields("a length of spaces", "Content-Length:    "),
    fields("a length with a word", "Content-Length: 0 bytes"),
    fields("a length with a parameter", "Content-Length: 0;a=b"),
    fields("a length in Arabic digits", "Content-Length: \u{660}"),
    fields("a length in full-width digits", "Content-Length: \u{FF10}"),
    fields("a length over the limit", "Content-Length: 1048577", 413),
    fields("a length of 2^31", "Content-Length: 2147483648", 413),
    fields("a length of 2^32", "Content-Length: 4294967296", 413),
    fields("a length of 2^63", "Content-Length: 9223372036854775808", 413),
    fields("a length of 2^64", "Content-Length: 18446744073709551616", 413),
    fields("a length of 100 digits", "Content-Length: " + String(repeating: "9", count: 100), 413),
    fields("a length hidden by a space", "Content-Length : 0"),
    fields("a length hidden by a tab", "Content-Length\t: 0"),
    fields("a length hidden by a fold", "X: y\r\n Content-Length: 5"),
    fields("a length behind a bare CR", "X: y\rContent-Length: 5"),
    fields("a length behind a bare LF", "X: y\nContent-Length: 5"),
    fields("a length behind a NUL", "X: y\0Content-Length: 5"),
    fields("a length behind a vertical tab", "Content-Length: \u{B}0"),
    fields("a length behind a form feed", "Content-Length: \u{C}0"),
    fields("a length behind a no-break space", "Content-Length: \u{A0}0"),
    fields("zeros before a length", "Content-Length: 0000000000000000000000", nil),
  ]

  /// CL.TE, TE.CL and TE.TE.
  static let chunks: [HostileRequest] = [
    fields("CL.TE", "Content-Length: 6\r\nTransfer-Encoding: chunked"),
    fields("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 6"),
    fields("TE.CL, length 0", "Transfer-Encoding: chunked\r\nContent-Length: 0"),
    fields("TE.TE", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    fields("TE.TE that agree", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    fields("chunks", "Transfer-Encoding: chunked", 411),
    fields("chunks in capitals", "TRANSFER-ENCODING: CHUNKED", 411),
    fields("chunks within chunks", "Transfer-Encoding: chunked, chunked", 411),
    fields("chunks of gzip", "Transfer-Encoding: gzip, chunked", 411),
    fields("gzip of chunks", "Transfer-Encoding: chunked, gzip", 411),
    fields("identity", "Transfer-Encoding: identity", 411),
    fields("an unknown coding", "Transfer-Encoding: xchunked", 411),
    fields("an empty coding", "Transfer-Encoding:", 411),
    fields("a coding behind a tab", "Transfer-Encoding:\tchunked", 411),
    fields("a coding before a tab", "Transfer-Encoding: chunked\t", 411),
    fields("a coding in quotes", "Transfer-Encoding: \"chunked\"", 411),
    fields("a coding with a parameter", "Transfer-Encoding: chunked;a=b", 411),
    fields("a coding behind a vertical tab", "Transfer-Encoding: \u{B}chunked"),
    fields("a coding behind a comma", "Transfer-Encoding: ,chunked", 411),
    fields("a coding hidden by a space", "Transfer-Encoding : chunked"),
    fields("a coding hidden before", " Transfer-Encoding: chunked"),
    fields("a coding hidden by a fold", "Transfer-Encoding:\r\n chunked"),
    fields("a coding hidden by a fold with a tab", "Transfer-Encoding:\r\n\tchunked"),
    fields("a coding hidden behind a value", "X: X\rTransfer-Encoding: chunked"),
    fields("a coding hidden behind a LF", "X: X\nTransfer-Encoding: chunked"),
    fields("a coding by another name", "Transfer_Encoding: chunked", nil),
    HostileRequest(
      "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"),
    HostileRequest(
      "a request within chunks",
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n",
      411),
  ]

  static let lines: [HostileRequest] = [
    line("no version", "GET /"),
    line("HTTP/0.9", "GET / HTTP/0.9", 505),
    line("HTTP/1.2", "GET / HTTP/1.2", 505),
    line("HTTP/2.0", "GET / HTTP/2.0", 505),
    line("HTTP/9.9", "GET / HTTP/9.9", 505),
    line("a version of two digits", "GET / HTTP/1.10"),
    line("a version with a zero before", "GET / HTTP/01.1"),
    line("a version without a dot", "GET / HTTP/11"),
    line("a version without a minor", "GET / HTTP/1."),
    line("a version in lower case", "GET / http/1.1"),
    line("another protocol", "GET / HTTPS/1.1"),
    line("a version with a space behind", "GET / HTTP/1.1 "),
    line("a version with something behind", "GET / HTTP/1.1 x"),
    line("two spaces before the target", "GET  / HTTP/1.1"),
    line("two spaces behind the target", "GET /  HTTP/1.1"),
    line("a tab for a space", "GET\t/ HTTP/1.1"),
    line("a tab behind the target", "GET /\tHTTP/1.1"),
    line("a space before the method", " GET / HTTP/1.1"),
    line("a vertical tab for a space", "GET\u{B}/ HTTP/1.1"),
    line("no target", "GET  HTTP/1.1"),
    line("no method", " / HTTP/1.1"),
    line("nothing", ""),
    line("a method with a colon", "GET: / HTTP/1.1"),
    line("a method in brackets", "(GET) / HTTP/1.1"),
    line("a method of 33 characters", String(repeating: "G", count: 33) + " / HTTP/1.1"),
    line("a method with an accent", "G\u{C9}T / HTTP/1.1"),
    line("a method in lower case", "get / HTTP/1.1", nil),
    line("a method nobody knows", "BREW / HTTP/1.1", nil),
    line("the preface of HTTP/2", "PRI * HTTP/2.0", 505),
    line(
      "a request line of 8 KiB and more", "GET /" + String(repeating: "a", count: 8200) + " HTTP/1.1", 414),
    HostileRequest("a hello of TLS", bytes: [0x16, 0x03, 0x01, 0x00, 0xA5, 0x01, 0x00]),
    HostileRequest("a hello of SSH, ended", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    HostileRequest("an answer", "HTTP/1.1 200 OK\r\n\r\n"),
    HostileRequest("a mail", "EHLO localhost\r\nMAIL FROM: a\r\n\r\n"),
    HostileRequest("a proxy's line", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\nGET / HTTP/1.1\r\n\r\n"),
    HostileRequest("a field before the line", "Host: localhost\r\nGET / HTTP/1.1\r\n\r\n"),
    HostileRequest("empty lines before the line", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", nil),
    HostileRequest("many empty lines before the line", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    HostileRequest("nothing but empty lines", "\r\n\r\n\r\n"),
    HostileRequest("a LF before the line", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  ]

  static let targets: [HostileRequest] = [
    line("a star", "OPTIONS * HTTP/1.1"),
    line("an authority", "CONNECT localhost:80 HTTP/1.1"),
    line("no slash", "GET index.html HTTP/1.1"),
    line("a fragment", "GET /#a HTTP/1.1"),
    line("a backslash", "GET /a\\b HTTP/1.1"),
    line("quotes", "GET /\"a\" HTTP/1.1"),
    line("angle brackets", "GET /<script> HTTP/1.1"),
    line("braces", "GET /{a} HTTP/1.1"),
    line("a bar", "GET /a|b HTTP/1.1"),
    line("a caret", "GET /^ HTTP/1.1"),
    line("a grave accent", "GET /` HTTP/1.1"),
    line("square brackets", "GET /?a[0]=1 HTTP/1.1"),
    line("bytes beyond ASCII", "GET /\u{E9} HTTP/1.1"),
    line("dots", "GET /.. HTTP/1.1"),
    line("a dot", "GET /. HTTP/1.1"),
    line("dots within", "GET /a/../b HTTP/1.1"),
    line("dots at the end", "GET /a/.. HTTP/1.1"),
    line("dots far up", "GET /../../../../etc/passwd HTTP/1.1"),
    line("three dots", "GET /.../a HTTP/1.1", nil),
    line("empty parts", "GET //a///b HTTP/1.1", nil),
    line("a host in the path", "GET //evil.example/ HTTP/1.1", nil),
    line("the whole address", "GET http://localhost/a HTTP/1.1", nil),
    line("the whole address without a path", "GET http://localhost HTTP/1.1", nil),
    line("the whole address in capitals", "GET HTTP://LOCALHOST/a HTTP/1.1", nil),
    line("the whole address of another host", "GET http://evil.example/ HTTP/1.1"),
    line("the whole address of another port", "GET http://localhost:81/ HTTP/1.1"),
    line("the whole address with a user", "GET http://a@localhost/ HTTP/1.1"),
    line("the whole address of nobody", "GET http:/// HTTP/1.1"),
    line("an address of a file", "GET file:///etc/passwd HTTP/1.1"),
    line("an address of a script", "GET javascript:alert(1) HTTP/1.1"),
    line("an address without a scheme", "GET ://localhost/ HTTP/1.1"),
  ]

  static let fieldForms: [HostileRequest] = [
    fields("a field without a colon", "Foo"),
    fields("a field without a name", ": bar"),
    fields("a name with a space", "Foo Bar: x"),
    fields("a space before the colon", "Foo : x"),
    fields("a tab before the colon", "Foo\t: x"),
    fields("a fold", "Foo: x\r\n y"),
    fields("a fold of nothing", "Foo: x\r\n "),
    fields("a fold first", " Foo: x"),
    fields("a tab first", "\tFoo: x"),
    fields("a name in brackets", "[Foo]: x"),
    fields("a name with a slash", "Foo/Bar: x"),
    fields("a name with an accent", "F\u{F6}o: x"),
    fields("a name with a semicolon", "Foo;: x"),
    fields("a name in quotes", "\"Foo\": x"),
    fields("a name with an at", "Foo@: x"),
    fields("101 fields", (0...100).map { "A\($0): x" }.joined(separator: "\r\n"), 431),
    fields("a head over 32 KiB", "Foo: " + String(repeating: "x", count: 33_000), 431),
    HostileRequest(
      "a head without an end", "GET / HTTP/1.1\r\nFoo: " + String(repeating: "x", count: 40_000), 431),
    fields("an expectation of another kind", "Expect: 200-ok", 417),
    fields("two expectations", "Expect: 100-continue\r\nExpect: 100-continue"),
    fields("two tokens", "Authorization: Bearer a\r\nAuthorization: Bearer b"),
    fields("two cookies", "Cookie: a=b\r\nCookie: a=c"),
    fields("two origins", "Origin: http://a\r\nOrigin: http://b"),
    fields("two ranges", "Range: bytes=0-1\r\nRange: bytes=2-3"),
    fields("two types", "Content-Type: a/b\r\nContent-Type: c/d"),
    fields("an empty value", "Foo:", nil),
    fields("a value with colons", "Foo: a:b:c", nil),
    fields("a value beyond ASCII", "Foo: \u{E9}", nil),
    fields("an upgrade to HTTP/2", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", nil),
    fields("a connection that names the host", "Connection: host", nil),
  ]

  static let hosts: [HostileRequest] = [
    HostileRequest("no host", "GET / HTTP/1.1\r\n\r\n"),
    HostileRequest("no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"),
    fields("two hosts", "Host: localhost"),
    fields("two hosts that differ", "Host: evil.example"),
    fields("two hosts, one in capitals", "HOST: evil.example"),
    host("an empty host", ""),
    host("a host of spaces", "   "),
    host("a host with a space", "local host"),
    host("a host with a comma", "localhost, evil.example"),
    host("a host with a path", "localhost/evil"),
    host("a host with a user", "a@localhost"),
    host("a host with a scheme", "http://localhost"),
    host("a host with a query", "localhost?a"),
    host("a host with a fragment", "localhost#a"),
    host("a host with a backslash", "localhost\\a"),
    host("a host with an escape", "localhost%00"),
    host("a host with an accent", "l\u{F6}calhost"),
    host("a port of letters", "localhost:http"),
    host("a port of nothing", "localhost:"),
    host("a port beyond all", "localhost:65536"),
    host("a port of six digits", "localhost:000080"),
    host("a negative port", "localhost:-1"),
    host("two ports", "localhost:80:80"),
    host("a port alone", ":80"),
    host("an address without its end", "[::1"),
    host("an address without its begin", "::1]"),
    host("an address with a zone", "[fe80::1%25eth0]"),
    host("an address of nothing", "[]"),
    host("an address with something behind", "[::1]evil.example"),
    host("an address of letters", "[localhost]"),
    host("an address as it should be", "[::1]:8080", nil),
    host("a name with a dot at the end", "localhost.", nil),
  ]

  private static func host(_ name: String, _ value: String, _ status: Int? = 400) -> HostileRequest {
    HostileRequest(name, "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", status)
  }

  static let ends: [HostileRequest] = [
    HostileRequest("LF alone everywhere", "GET / HTTP/1.1\nHost: localhost\n\n"),
    HostileRequest("LF alone after the line", "GET / HTTP/1.1\nHost: localhost\r\n\r\n"),
    HostileRequest("LF alone after a field", "GET / HTTP/1.1\r\nHost: localhost\n\r\n"),
    HostileRequest("LF alone at the end", "GET / HTTP/1.1\r\nHost: localhost\r\n\n"),
    HostileRequest("CR alone everywhere", "GET / HTTP/1.1\rHost: localhost\r\r"),
    HostileRequest("CR CR LF", "GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n"),
    HostileRequest("LF CR", "GET / HTTP/1.1\n\rHost: localhost\n\r\n\r"),
    HostileRequest("CR at the end of a value", "GET / HTTP/1.1\r\nHost: localhost\r\r\n\r\n"),
    HostileRequest("CR within the line", "GET /\r HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    HostileRequest("a separator of lines", "GET / HTTP/1.1\u{2028}Host: localhost\r\n\r\n"),
    HostileRequest("a next line", "GET / HTTP/1.1\u{85}Host: localhost\r\n\r\n"),
    HostileRequest("a header by an escape", "GET /%0d%0aX:%20y HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  ]

  /// Each control character in each part of a head.
  static let controls: [HostileRequest] = (Array(UInt8(1)...31) + [127]).filter {
    $0 != 9 && $0 != 10 && $0 != 13
  }.flatMap { byte -> [HostileRequest] in
    func around(_ before: String, _ after: String) -> [UInt8] {
      Array(before.utf8) + [byte] + Array(after.utf8)
    }
    let end = " HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return [
      HostileRequest("control \(byte) in the method", bytes: around("G", "T /" + end)),
      HostileRequest("control \(byte) in the target", bytes: around("GET /", end)),
      HostileRequest(
        "control \(byte) in a name", bytes: around("GET / HTTP/1.1\r\nHost: a\r\nF", "o: x\r\n\r\n")),
      HostileRequest(
        "control \(byte) in a value", bytes: around("GET / HTTP/1.1\r\nHost: a\r\nFoo: x", "y\r\n\r\n")),
    ]
  }

  static let escapes: [HostileRequest] =
    [
      ("a NUL", "/a%00b"), ("a slash", "/a%2Fb"), ("a slash in lower case", "/a%2fb"),
      ("a backslash", "/a%5Cb"), ("dots", "/%2e%2e/a"), ("one of two dots", "/.%2e/a"),
      ("dots in capitals", "/%2E%2E"), ("a dot", "/%2e"), ("a line end", "/a%0Ab"), ("a CR", "/a%0Db"),
      ("a tab", "/a%09b"), ("an escape character", "/a%1Bb"), ("a delete", "/a%7Fb"), ("half of it", "/a%4"),
      ("nothing", "/a%"), ("letters that are no digits", "/a%zz"), ("a sign", "/a%+1"),
      ("unicode", "/a%u0041"),
      ("an overlong slash", "/a%c0%af"), ("an overlong dot", "/%c0%ae"), ("half a character", "/a%c3"),
      ("a surrogate", "/a%ed%a0%80"), ("a byte that no text has", "/a%ff"), ("a NUL in the query", "/?a=%00"),
      ("a broken escape in the query", "/?a=%q0"), ("no text in the query", "/?a=%ff"),
    ].map { line("escaped: " + $0.0, "GET \($0.1) HTTP/1.1") }
    + [
      line("escaped twice: dots", "GET /%252e%252e/a HTTP/1.1", nil),
      line("escaped twice: a slash", "GET /a%252fb HTTP/1.1", nil),
      line("escaped: a letter", "GET /%61 HTTP/1.1", nil),
      line("a plus in a path", "GET /a+b HTTP/1.1", nil),
    ]
}
