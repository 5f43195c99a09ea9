import Testing
import Threads

struct LockTests {
  @Test func `a guarded value loses no update of many threads`() throws {
    let total = Guarded(0)
    let threads = try (0..<4).map { number in
      try WorkerThread(name: "adder \(number)") { for _ in 0..<2000 { total.withLock { $0 += 1 } } }
    }
    for thread in threads { thread.join() }
    #expect(total.withLock { $0 } == 8000)
  }

  @Test func `an error inside the lock leaves it open`() {
    struct Refused: Error {}
    let lock = Lock()
    #expect(throws: Refused.self) { try lock.withLock { throw Refused() } }
    #expect(lock.withLock { 5 } == 5)
  }
}
