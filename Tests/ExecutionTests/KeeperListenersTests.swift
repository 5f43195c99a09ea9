import MeshModel
import Testing
import Threads

@testable import Execution

/// Of a process that nobody waits for, one thing is told once, whatever the order in which its news come.
struct KeeperListenersTests {
  private static let key = AttemptKey("s-1-0-0-1")
  private static let process = KeptProcess(key: key, pid: 7, startTime: 1, log: "/log")
  private static let ended = KeeperNews.answer(
    .ended(
      ExitRecord(
        process: process, manner: .exited(0), cause: 0, wasKilled: false, processorMilliseconds: 0,
        peakMemory: nil, endedAt: 0)))
  private static let running = KeeperNews.answer(.running(process))

  /// What the two closures were called with.
  private final class Calls: Sendable {
    private let said = Guarded([String]())
    var all: [String] { said.withLock { $0 } }

    var process: UnattendedProcess {
      UnattendedProcess(
        ended: { [self] _ in said.withLock { $0.append("ended") } },
        attend: { [self] news in
          let count = news.take(until: 0).count
          said.withLock { $0.append("attend to \(count)") }
        })
    }
  }

  @Test(arguments: [
    ([], [ended, running], ["ended"]),
    ([], [running, ended], ["attend to 1"]),
    ([], [.gone, .gone], ["attend to 1"]),
    ([ended], [.gone], ["ended"]),
    ([running, ended], [], ["attend to 2"]),
    ([running], [ended], ["attend to 1"]),
    ([.gone], [], ["attend to 1"]),
  ])
  func `one thing is told, once`(early: [KeeperNews], late: [KeeperNews], told: [String]) {
    let calls = Calls()
    var listeners = KeeperListeners()
    listeners.noteStart(of: Self.key)
    for news in early { listeners.tell(news, of: Self.key)?() }
    #expect(calls.all.isEmpty)
    listeners.leave(Self.key, calls.process)?()
    for news in late { listeners.tell(news, of: Self.key)?() }
    #expect(calls.all == told)
    let asked = listeners.attend(to: Self.key)
    #expect(asked == nil)
  }

  @Test func `who asks for somebody that waits gets all that comes later`() throws {
    let calls = Calls()
    var listeners = KeeperListeners()
    listeners.noteStart(of: Self.key)
    listeners.leave(Self.key, calls.process)?()
    let asked = listeners.attend(to: Self.key)
    let news = try #require(asked)
    let askedAgain = listeners.attend(to: Self.key)
    #expect(askedAgain == nil)
    listeners.tell(Self.running, of: Self.key)?()
    listeners.tell(Self.ended, of: Self.key)?()
    #expect(news.take(until: 0).count == 2)
    #expect(calls.all.isEmpty)
  }

  @Test func `the end of the keeper is told of every process, and of those that come later`() {
    let calls = Calls()
    var listeners = KeeperListeners()
    let news = Mailbox<KeeperNews>()
    listeners.attend(to: AttemptKey("s-1-1-0-1"), news)
    listeners.noteStart(of: Self.key)
    listeners.leave(Self.key, calls.process)?()
    for call in listeners.end() { call() }
    #expect(news.take(until: 0).count == 1)
    #expect(calls.all == ["attend to 1"])
    let late = Calls()
    listeners.noteStart(of: Self.key)
    listeners.leave(Self.key, late.process)?()
    #expect(late.all == ["attend to 1"])
  }
}
