/// A fixed number of threads that take jobs from one queue, first come, first served.
public final class WorkerPool<Job: Sendable>: Sendable {
  private let queue = JobQueue<Job>()
  private let threads: [WorkerThread]

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - name: the threads are called by it and their number.
  ///   - stepsBack: as of each of the threads.
  ///   - makeWorker: called once on each thread with its number; what it returns does that thread's jobs.
  public init(
    name: String, workers: Int, stepsBack: Bool = false,
    makeWorker: @escaping @Sendable (Int) -> (Job) -> Void
  ) throws(ThreadError) {
    let queue = queue
    var started: [WorkerThread] = []
    do {
      for number in 0..<max(1, workers) {
        let thread = try WorkerThread(name: "\(name) \(number)", stepsBack: stepsBack) {
          let work = makeWorker(number)
          while let job = queue.next() { work(job) }
        }
        started.append(thread)
      }
    } catch {
      queue.close()
      for thread in started { thread.join() }
      throw error
    }
    threads = started
  }

  /// Adds a job at the end of the queue; after `finish` it is dropped and the answer is false.
  @discardableResult
  public func submit(_ job: Job) -> Bool { queue.add(job) }

  /// Takes no more jobs, waits until the queued ones are done and the threads are over.
  public func finish() {
    queue.close()
    for thread in threads { thread.join() }
  }
}

/// Jobs in the order they came, for threads that wait for them.
private final class JobQueue<Job: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private var jobs: [Job?] = []
  private var first = 0
  private var waiting = 0
  private var isClosed = false

  func add(_ job: Job) -> Bool {
    monitor.locked {
      if isClosed { return false }
      jobs.append(job)
      if waiting > 0 { monitor.signal() }
      return true
    }
  }

  /// The oldest job, waited for; nil when the queue is closed and empty.
  func next() -> Job? {
    monitor.locked {
      while first == jobs.count {
        if isClosed { return nil }
        waiting += 1
        monitor.wait()
        waiting -= 1
      }
      let job = jobs[first]
      jobs[first] = nil
      first += 1
      // Dropping the taken half at once keeps the queue short and each job's share of it constant.
      if first * 2 >= jobs.count {
        jobs.removeFirst(first)
        first = 0
      }
      return job
    }
  }

  func close() {
    monitor.locked {
      isClosed = true
      monitor.broadcast()
    }
  }
}
