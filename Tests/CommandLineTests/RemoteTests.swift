import StatusPage
import Testing

@testable import CommandLine

struct RemoteTests {
  @Test(arguments: [
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("https://h.example.org", "https://h.example.org:443"),
    ("HTTP://h/", "http://h:80"), ("https://h/mesh/", "https://h:443/mesh"),
    ("http://[::1]:81", "http://[::1]:81"),
  ])
  func `an address of a server is read`(text: String, read: String) {
    #expect(HTTPAddress(text)?.description == read)
  }

  @Test(arguments: [
    "", "h", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h:x", "http://a b", "http://u:p@h",
    "http://h/\"x", "http://h/\\x", "http://h\r\nX: y",
  ])
  func `what is no address of a server is refused`(text: String) { #expect(HTTPAddress(text) == nil) }

  @Test func `every command says whether it works from elsewhere`() throws {
    for command in CommandTable.all.map({ $0.description }) {
      let words = [command.name, "--server", "http://127.0.0.1:1", "--token-file", "/nowhere"]
      let answer = ProgramSession().heddle(words)
      #expect(answer.code != .success || ["help", "version"].contains(command.name), "\(command.name)")
    }
    let refused = ProgramSession().heddle(
      "backup", "x", "--server", "http://127.0.0.1:1", "--token-file", "x")
    #expect(refused.code == .usage && refused.err.contains("only on the machine of the state"))
    #expect(ProgramSession().heddle("runs", "--token-file", "x").code == .usage)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab"),
    ("HTTP/1.1 503 No\r\nCONTENT-LENGTH:  0\r\n\r\n", 503, ""),
    ("HTTP/2 200 \r\nx: y\r\n\r\nuntil the end", 200, "until the end"),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n", 204, ""),
  ])
  func `an answer is the same in whatever pieces it comes`(text: String, status: Int, body: String) throws {
    for size in 1...text.utf8.count {
      var answer = try Self.answer()
      let bytes = Array(text.utf8)
      for place in stride(from: 0, to: bytes.count, by: size) {
        try answer.take(bytes[place..<min(bytes.count, place + size)])
      }
      try answer.checkEnd()
      #expect(answer.status == status && String(decoding: answer.waiting, as: UTF8.self) == body)
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/1.1 two\r\n\r\n", "HTTP/1.1 200\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200\r\nContent-Length: -1\r\n\r\n", String(repeating: "x", count: 70_000),
  ])
  func `what is no answer is refused`(text: String) throws {
    var answer = try Self.answer()
    #expect(throws: CommandFailure.self) {
      try answer.take(text.utf8)
      try answer.checkEnd()
    }
  }

  @Test func `what is said elsewhere is said here, in whatever pieces it comes`() throws {
    let words: [CommandWord] = [.out("a\n\nb\n"), .err("event: exit\n"), .beat, .out("é"), .exit(9)]
    let bytes = words.flatMap(\.frame)
    for size in [1, 2, 7, bytes.count] {
      let (out, err) = (ProgramSession.Captured(), ProgramSession.Captured())
      let session = ProgramSession()
      var said = SaidWords(out: session.output(to: out), err: session.output(to: err))
      var waiting: [UInt8] = []
      for place in stride(from: 0, to: bytes.count, by: size) {
        waiting += bytes[place..<min(bytes.count, place + size)]
        try said.take(&waiting)
      }
      #expect(said.exit == 9 && out.text == "a\n\nb\né" && err.text == "event: exit\n" && waiting.isEmpty)
    }
  }

  @Test(arguments: [
    "event: out\ndata: 7\n\n", "data\n\n", "event: exit\ndata: \"0\"\n\n", "\n\n", "event: gap\n\n",
  ])
  func `events that nobody knows are refused`(text: String) throws {
    let nobody = ProgramSession().output(to: ProgramSession.Captured())
    var (said, waiting) = (SaidWords(out: nobody, err: nobody), Array(text.utf8))
    #expect(throws: CommandFailure.self) { try said.take(&waiting) }
  }

  private static func answer() throws -> HTTPAnswer {
    HTTPAnswer(from: try #require(HTTPAddress("http://h")))
  }
}
