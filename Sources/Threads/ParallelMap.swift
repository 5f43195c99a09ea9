import Glibc

/// The same work on each item of a list, shared by several threads.
public enum ParallelMap {
  /// How many threads compute at the same time on this machine, at most four.
  public static var threads: Int { min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 4) }

  /// Items are taken in runs of this many, so that threads seldom meet and still end together.
  private static let run = 8

  /// The answers to all items in the order of the items; which thread gave which makes no difference.
  ///
  /// The calling thread works too, and alone where there is little to do or no thread to be had.
  ///
  /// - Parameters:
  ///   - threads: at most so many.
  ///   - makeWorker: called once on each thread; what it returns answers that thread's items.
  public static func answers<Item: Sendable, Answer: Sendable>(
    to items: [Item], name: String, threads: Int = ParallelMap.threads,
    makeWorker: @escaping @Sendable () -> (Item) -> Answer
  ) -> [Answer] {
    let board = Guarded(Board<Answer>(runs: (items.count + run - 1) / run))
    let body: @Sendable () -> Void = {
      let work = makeWorker()
      while let number = board.withLock({ $0.takeRun() }) {
        let answers = items[number * run..<min((number + 1) * run, items.count)].map(work)
        board.withLock { $0.answers[number] = answers }
      }
    }
    var helpers: [WorkerThread] = []
    while helpers.count + 1 < min(threads, items.count / (2 * run)),
      let helper = try? WorkerThread(name: "\(name) \(helpers.count + 2)", body: body)
    {
      helpers.append(helper)
    }
    body()
    for helper in helpers { helper.join() }
    return board.withLock { $0.answers.flatMap { $0 } }
  }
}

/// Which runs of items are taken, and what is known of each.
private struct Board<Answer> {
  var answers: [[Answer]]
  private var taken = 0

  init(runs: Int) { answers = [[Answer]](repeating: [], count: runs) }

  mutating func takeRun() -> Int? {
    guard taken < answers.count else { return nil }
    defer { taken += 1 }
    return taken
  }
}
