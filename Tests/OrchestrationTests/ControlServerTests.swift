import Basics
import Glibc
import MeshModel
import Records
import TestKit
import Testing
import Threads

@testable import Orchestration

@Suite struct ControlServerTests {
  let folder: TemporaryFolder
  let state: StateDirectory
  let clock = SystemClock()

  init() throws {
    folder = try TemporaryFolder()
    state = StateDirectory(root: folder.path)
  }

  func serve(_ desk: FakeDesk, patience: Duration = .seconds(10), connections: Int = 64) throws
    -> ControlServer
  {
    var limits = ControlServer.Limits()
    limits.patience = patience
    limits.connections = connections
    return try ControlServer(state: state, desk: desk, clock: clock, limits: limits)
  }

  func client() throws -> ControlClient { try #require(try ControlClient.connect(to: state, clock: clock)) }

  /// A connection without our client's manners.
  func rawConnection() throws -> ControlSocket {
    let socket = try ControlSocket.make()
    let code = try ControlSocket.withAddress(of: state.socket) { Glibc.connect(socket.number, $0, $1) }
    #expect(code == 0)
    return socket
  }

  /// Everything that comes until the other end hangs up.
  func all(_ socket: ControlSocket) -> String {
    var bytes: [UInt8] = []
    while case .moved = socket.read(into: &bytes, most: 1 << 16) {}
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `every request is answered with what the desk says`() throws {
    let desk = try FakeDesk()
    let server = try serve(desk)
    let client = try client()
    for request in ControlCodingTests.requests {
      #expect(try client.ask(request, within: .seconds(30)) == FakeDesk.reply(to: request))
    }
    #expect(desk.asked == ControlCodingTests.requests)
    server.close()
    #expect(client.isGone(within: 10_000))
  }

  @Test func `many commands are served at once`() throws {
    let server = try serve(try FakeDesk())
    let failures = Guarded(0)
    let state = state
    let clock = clock
    let threads = try (0..<8).map { number in
      try WorkerThread(name: "client") {
        for round in 0..<50 {
          let request = ControlRequest.cancel(.run(Int64(number * 100 + round + 1)))
          let client = try? ControlClient.connect(to: state, clock: clock)
          let reply = try? client?.ask(request, within: .seconds(30))
          if reply != .done("so it is") { failures.withLock { $0 += 1 } }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(failures.withLock { $0 } == 0)
    server.close()
  }

  @Test func `nobody listens where no owner is`() throws {
    #expect(try ControlClient.connect(to: state, clock: clock) == nil)
    #expect(try ControlClient.connect(to: StateDirectory(root: folder.file("no")), clock: clock) == nil)
    // As an owner that was killed leaves it.
    let abandoned = try ControlSocket.make()
    let code = try ControlSocket.withAddress(of: state.socket) { bind(abandoned.number, $0, $1) }
    #expect(code == 0)
    #expect(try ControlClient.connect(to: state, clock: clock) == nil)
    let server = try serve(try FakeDesk())
    #expect(try client().ask(.cancel(.run(1))) == .done("so it is"))
    server.close()
    #expect(!folder.exists("heddle.sock"))
  }

  @Test func `only this user may connect`() throws {
    let server = try serve(try FakeDesk())
    var status = stat()
    #expect(lstat(state.socket, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o600)
    server.close()
    let refusing = try ControlServer(
      state: state, desk: try FakeDesk(), clock: clock, limits: ControlServer.Limits()
    ) { _ in false }
    #expect(throws: ControlError.self) { try client().ask(.hello, within: .seconds(30)) }
    refusing.close()
  }

  @Test func `what stands in the socket's place and is no socket stays`() throws {
    try folder.write("precious", to: "heddle.sock")
    #expect(throws: ControlError.self) { try serve(try FakeDesk()) }
    #expect(try folder.text("heddle.sock") == "precious")
  }

  @Test func `a path of any length will do`() throws {
    let deep = Array(repeating: String(repeating: "d", count: 60), count: 4).joined(separator: "/")
    try folder.write("", to: deep + "/x")
    let state = StateDirectory(root: folder.file(deep))
    let server = try ControlServer(state: state, desk: try FakeDesk(), clock: clock)
    let client = try #require(try ControlClient.connect(to: state, clock: clock))
    #expect(try client.ask(.cancel(.run(1))) == .done("so it is"))
    server.close()
  }

  @Test(arguments: ["garbage\n", "{}\n", "\n", "\u{0}\u{0}\n", "GET / HTTP/1.1\r\n\r\n"])
  func `garbage is answered with a refusal and the door`(text: String) throws {
    let desk = try FakeDesk()
    let server = try serve(desk)
    let socket = try rawConnection()
    _ = socket.write(Array(text.utf8)[...])
    let answer = all(socket)
    #expect(answer.hasPrefix("{\"tell\":\"refused\",\"kind\":\"invalid\""), "\(answer)")
    #expect(answer.hasSuffix("\n"))
    #expect(desk.asked.isEmpty)
    server.close()
  }

  @Test func `a line without end is refused`() throws {
    let server = try serve(try FakeDesk())
    let socket = try rawConnection()
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
    var isOpen = true
    for _ in 0..<40 where isOpen {
      if case .ended = socket.write(piece[...]) { isOpen = false }
    }
    #expect(all(socket).contains("too long"))
    server.close()
  }

  @Test func `who begins a line and does not end it is let go, who is silent stays`() throws {
    let server = try serve(try FakeDesk(), patience: .milliseconds(50))
    let silent = try client()
    let slow = try rawConnection()
    _ = slow.write(Array("{\"heddle\":".utf8)[...])
    #expect(all(slow).isEmpty)
    #expect(!silent.isGone())
    #expect(try silent.ask(.cancel(.run(1))) == .done("so it is"))
    server.close()
  }

  @Test func `requests sent together are answered in their order`() throws {
    let desk = try FakeDesk()
    let server = try serve(desk)
    let socket = try rawConnection()
    let lines = [ControlRequest.cancel(.run(1)), .hello, .cancel(.run(2))].map(ControlCoding.encode)
    _ = socket.write(Array(lines.joined(separator: [10]) + [10])[...])
    var bytes: [UInt8] = []
    while bytes.count(where: { $0 == 10 }) < 3 {
      guard case .moved = socket.read(into: &bytes, most: 100) else { break }
    }
    let tells = try bytes.split(separator: 10).map { try ControlCoding.reply(from: $0) }
    #expect(tells == [.done("so it is"), FakeDesk.reply(to: .hello), .done("so it is")])
    server.close()
  }

  @Test func `one too many is told so`() throws {
    let server = try serve(try FakeDesk(), connections: 2)
    let first = try client()
    let second = try client()
    for client in [first, second] { #expect(try client.ask(.cancel(.run(1))) == .done("so it is")) }
    let third = try client().ask(.hello, within: .seconds(30))
    #expect(
      third
        == .refused(
          kind: .environment, message: "2 commands are connected already",
          help: "end some of those that follow runs"))
    server.close()
  }

  @Test func `an answer comes when it is ready, and a close ends the waiting`() throws {
    let desk = try FakeDesk(holds: true)
    let server = try serve(desk)
    let early = try client()
    #expect(throws: ControlError.self) { try early.ask(.hello, within: .milliseconds(20)) }
    while desk.answerAll() == 0 { _ = poll(nil, 0, 1) }
    let socket = try rawConnection()
    _ = socket.write((ControlCoding.encode(.hello) + [10])[...])
    while desk.asked.count < 2 { _ = poll(nil, 0, 1) }
    server.close()
    #expect(desk.answerAll() == 1)
    #expect(all(socket).isEmpty)
    #expect(early.isGone(within: 10_000))
  }

  @Test func `an asker that left harms nobody`() throws {
    let desk = try FakeDesk(holds: true)
    let server = try serve(desk)
    do {
      let socket = try rawConnection()
      _ = socket.write((ControlCoding.encode(.hello) + [10])[...])
      while desk.asked.isEmpty { _ = poll(nil, 0, 1) }
    }
    #expect(desk.answerAll() == 1)
    let other = try client()
    #expect(throws: ControlError.self) { try other.ask(.hello, within: .milliseconds(20)) }
    server.close()
  }
}
