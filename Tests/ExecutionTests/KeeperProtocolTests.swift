import Basics
import CSystem
import Execution
import Foundation
import Glibc
import MeshModel
import Planning
import Records
import TestKit
import Testing
import Threads

/// What goes over a keeper's socket, from both sides.
struct KeeperProtocolTests {
  /// A keeper of another version, played by the test: it keeps one attempt and knows no `spawn`.
  private final class OtherKeeper: Sendable {
    let asked = Guarded<[KeeperRequest]>([])
    let thread: WorkerThread

    init(in folder: TemporaryFolder, keeping record: ExitRecord) throws {
      try folder.write("", to: "state/keepers/log")
      let listener = heddle_local_listen(folder.file("state/keepers/0ther.sock"))
      try #require(listener >= 0)
      let asked = asked
      thread = try WorkerThread(name: "other keeper") {
        var waited = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        _ = poll(&waited, 1, 30_000)
        let connection = heddle_accept(listener)
        Glibc.close(listener)
        waited[0].fd = connection
        var incoming = WireBuffer()
        while poll(&waited, 1, 30_000) > 0 {
          var piece = [UInt8](repeating: 0, count: 4096)
          let got = read(connection, &piece, piece.count)
          if got <= 0 { break }
          incoming.append(piece.prefix(got))
          while case .message(let message) = incoming.next() {
            guard let request = KeeperRequest(decoding: message) else { continue }
            asked.withLock { $0.append(request) }
            for answer in Self.answers(request, record) { Self.send(answer, connection) }
          }
        }
        Glibc.close(connection)
      }
    }

    private static func answers(_ request: KeeperRequest, _ record: ExitRecord) -> [[UInt8]] {
      switch request {
      case .hello: [KeeperAnswer.hello(version: 99, pid: 4711).encoded]
      case .ask(record.process.key):
        // An answer that we do not know comes first.
        [[200, 1, 2], KeeperAnswer.running(record.process).encoded, KeeperAnswer.ended(record).encoded]
      case .ask(let key): [KeeperAnswer.unknown(key).encoded]
      default: []
      }
    }

    private static func send(_ message: [UInt8], _ connection: Int32) {
      let frame = [UInt8(message.count & 255), UInt8(message.count >> 8), 0, 0] + message
      _ = heddle_send(connection, frame, frame.count)
    }
  }

  @Test func `a keeper of another version is asked for what it keeps, and another one starts beside it`()
    throws
  {
    let workshop = try Workshop()
    workshop.shell("exit 1")
    workshop.shell("true")
    let old = workshop.order(task: 0)
    let record = ExitRecord(
      process: KeptProcess(key: old.key, pid: 4_194_000, startTime: 1, log: ""), manner: .exited(6), cause: 0,
      wasKilled: false, processorMilliseconds: 1, peakMemory: nil, endedAt: 0)
    let other = try OtherKeeper(in: workshop.folder, keeping: record)
    let executor = try workshop.open()
    executor.adopt(old)
    #expect(try workshop.outcome(of: old.id).exitCode == 6)
    #expect(try workshop.run(task: 1).state == .success)
    #expect(workshop.keeperNames.count == 2)
    executor.shutDown()
    other.thread.join()
    let requests = other.asked.withLock { $0 }
    #expect(requests.contains(.acknowledge([old.key])))
    #expect(requests.last == .leave)
    #expect(!requests.contains { if case .spawn = $0 { true } else { false } })
  }

  @Test(
    arguments: [
      [0xFF, 0xFF, 0xFF, 0xFF], [1, 0, 0, 0, 99], [0, 0, 0, 0],
      [5, 0, 0, 0, 1, 1, 0, 0, 0, 3, 0, 0, 0, 16, 1, 1],
      Array(repeating: 0x41, count: 100_000),
    ] as [[UInt8]])
  func `who does not speak the language is hung up on, and nobody else notices`(words: [UInt8]) throws {
    let workshop = try Workshop()
    workshop.shell("true")
    #expect(try workshop.run().state == .success)
    let keeper = try workshop.keeper()
    let name = try #require(workshop.keeperNames.first)
    let stranger = heddle_local_connect(workshop.state.keepers + "/\(name).sock")
    try #require(stranger >= 0)
    _ = heddle_send(stranger, words, words.count)
    var byte: UInt8 = 0
    // Hung up with something unread is a reset.
    #expect(read(stranger, &byte, 1) <= 0)
    Glibc.close(stranger)
    #expect(try workshop.run(attempt: 2).state == .success)
    #expect(try workshop.keeper() == keeper)
  }

  @Test func `a keeper's files are its user's alone`() throws {
    let workshop = try Workshop()
    workshop.shell("true")
    #expect(try workshop.run().state == .success)
    for file in try FileManager.default.contentsOfDirectory(atPath: workshop.state.keepers) {
      var status = stat()
      try #require(lstat(workshop.state.keepers + "/" + file, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(file)")
    }
  }

  @Test func `a keeper is not started by hand`() {
    #expect(Keeper.main([]) == 1)
    #expect(Keeper.main(["relative", "name"]) == 1)
    #expect(Keeper.main(["/nowhere", "../name"]) == 1)
    #expect(Keeper.main(["/nowhere/at/all", "name"]) == 1)
  }
}
