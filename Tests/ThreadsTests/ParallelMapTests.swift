import Testing
import Threads

struct ParallelMapTests {
  @Test(arguments: [0, 1, 7, 8, 15, 16, 17, 100, 1000], [0, 1, 2, 3, 8])
  func `the answers come in the order of the items, one to each`(count: Int, threads: Int) {
    let asked = Guarded([Int: Int]())
    let answers = ParallelMap.answers(to: Array(0..<count), name: "map", threads: threads) {
      { item in
        asked.withLock { $0[item, default: 0] += 1 }
        return item * 2
      }
    }
    #expect(answers == (0..<count).map { $0 * 2 })
    #expect(asked.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, 1) }))
  }

  @Test func `each thread has a worker of its own, and there are no more than asked for`() {
    let made = Guarded(0)
    let answers = ParallelMap.answers(to: Array(0..<1000), name: "map", threads: 3) {
      made.withLock { $0 += 1 }
      var held = 0
      return { item in
        held += 1
        return held > 0 ? item : -1
      }
    }
    #expect(answers == Array(0..<1000))
    #expect((1...3).contains(made.withLock { $0 }))
  }
}
