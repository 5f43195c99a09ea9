import Access
import MeshModel
import Threads

/// A text to compile, and the datasets that it may name.
struct CompileJob: Sendable {
  var domain: String
  var script: String
  var datasets: [(name: DatasetName, columns: [Column])]
}

/// Compiles batches of SQL on several threads, each with compilers of its own.
///
/// Which thread compiles what makes no difference to the results, which come in the order of the jobs.
final class CompileCrew {
  typealias Answer = Result<[StatementFootprint], AccessError>
  private typealias Stations = [String: DomainStation]

  /// Below this a batch is not worth a thread.
  private static let fewest = 64
  private let members: [Guarded<Stations>]

  init(threads: Int = ParallelMap.threads) {
    members = (0..<max(1, threads)).map { _ in Guarded([:]) }
  }

  func compile(_ jobs: [CompileJob]) -> [Answer] {
    let size = max(Self.fewest, (jobs.count + members.count - 1) / members.count)
    let starts = stride(from: 0, to: jobs.count, by: size)
    let parts = starts.map { Array(jobs[$0..<min($0 + size, jobs.count)]) }
    let answers = Guarded([[Answer]](repeating: [], count: parts.count))
    var threads: [WorkerThread] = []
    for (number, part) in parts.enumerated().dropFirst() {
      let member = members[number]
      let body: @Sendable () -> Void = {
        let answer = Self.compile(part, with: member)
        answers.withLock { $0[number] = answer }
      }
      // Without a further thread this one does the work.
      if let thread = try? WorkerThread(name: "compile \(number)", body: body) {
        threads.append(thread)
      } else {
        body()
      }
    }
    if let part = parts.first {
      let answer = Self.compile(part, with: members[0])
      answers.withLock { $0[0] = answer }
    }
    for thread in threads { thread.join() }
    return answers.withLock { $0.flatMap { $0 } }
  }

  private static func compile(_ jobs: [CompileJob], with member: Guarded<Stations>) -> [Answer] {
    member.withLock { stations in jobs.map { compile($0, at: &stations) } }
  }

  private static func compile(_ job: CompileJob, at stations: inout Stations) -> Answer {
    do throws(AccessError) {
      let station: DomainStation
      if let known = stations[job.domain] {
        station = known
      } else {
        station = try DomainStation(domain: job.domain)
        stations[job.domain] = station
      }
      for (dataset, columns) in job.datasets { station.define(dataset, columns: columns) }
      return .success(try station.footprints(of: job.script))
    } catch {
      return .failure(error)
    }
  }
}
