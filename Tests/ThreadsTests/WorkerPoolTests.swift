import Glibc
import Testing
import Threads

struct WorkerPoolTests {
  @Test func `every job is done exactly once`() throws {
    let done = Guarded([Int: Int]())
    let pool = try WorkerPool<Int>(name: "pool", workers: 3) { _ in
      { job in done.withLock { $0[job, default: 0] += 1 } }
    }
    for job in 0..<1000 { pool.submit(job) }
    pool.finish()
    #expect(done.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<1000).map { ($0, 1) }))
  }

  @Test func `one worker does its jobs in their order`() throws {
    let done = Guarded([Int]())
    let pool = try WorkerPool<Int>(name: "pool", workers: 1) { _ in
      { job in done.withLock { $0.append(job) } }
    }
    for job in 0..<100 { pool.submit(job) }
    pool.finish()
    #expect(done.withLock { $0 } == Array(0..<100))
  }

  @Test func `a finished pool takes no job`() throws {
    let pool = try WorkerPool<Int>(name: "pool", workers: 2) { _ in { _ in } }
    pool.finish()
    #expect(!pool.submit(1))
    pool.finish()
  }

  @Test func `threads that step back are nicer than the others, and nobody else is`() throws {
    let own = niceness()
    for stepsBack in [true, false] {
      let seen = Guarded([Int32]())
      let pool = try WorkerPool<Int>(name: "pool", workers: 1, stepsBack: stepsBack) { _ in
        { _ in seen.withLock { $0.append(niceness()) } }
      }
      pool.submit(1)
      pool.finish()
      #expect(seen.withLock { $0 } == [stepsBack ? min(19, own + 10) : own])
    }
    #expect(niceness() == own)
  }

  @Test func `each thread has a worker of its own`() throws {
    let made = Guarded(Set<Int>())
    let pool = try WorkerPool<Int>(name: "pool", workers: 4) { number in
      made.withLock { _ = $0.insert(number) }
      return { _ in }
    }
    pool.finish()
    #expect(made.withLock { $0 } == [0, 1, 2, 3])
  }
}

/// That of the thread which asks.
private func niceness() -> Int32 { getpriority(Int32(PRIO_PROCESS.rawValue), 0) }
