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
    let refused = ProgramSession().heddle("doctor", "--server", "http://127.0.0.1:1", "--token-file", "x")
    #expect(refused.code == .usage && refused.err.contains("only on the machine of the state"))
    #expect(ProgramSession().heddle("runs", "--token-file", "x").code == .usage)
  }
}
