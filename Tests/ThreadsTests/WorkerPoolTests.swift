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
