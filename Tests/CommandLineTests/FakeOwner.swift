import Basics
import Glibc
import Lineage
import MeshModel
import Orchestration
import Records
import TestKit
import Testing
import Threads

/// Owns a state and answers at its socket, and writes into the record what a test tells it to.
final class FakeOwner: ControlDesk {
  /// What is done about a request.
  typealias Script = @Sendable (ControlRequest, Scribe) -> ControlReply

  /// Writes the record; used by the owner's one thread.
  final class Scribe: @unchecked Sendable {
    let owner: StateOwner
    let graph: MeshGraph
    let clock = SystemClock()
    init(_ owner: StateOwner, _ graph: MeshGraph) {
      self.owner = owner
      self.graph = graph
    }

    func commit(_ changes: Change...) {
      do { try owner.writer.commit(changes) } catch { Issue.record("\(error)") }
    }

    /// A run of a pipeline's first task that has begun.
    func begin(_ run: RunID, _ pipeline: PipelineName, backfill: BackfillID? = nil) {
      commit(
        .runCreated(
          RunRecord(
            id: run, pipeline: pipeline, partition: nil, cause: .manual, backfill: backfill, release: 1,
            createdAt: clock.now)),
        .runStarted(run, at: clock.now),
        .attemptStarted(attempt(run), AttemptKey("k-\(run)"), inputs: [], at: clock.now))
    }

    func end(_ run: RunID, _ state: AttemptState = .success) {
      let isSuccess = state == .success
      commit(
        .attemptEnded(
          attempt(run), AttemptOutcome(state: state), instance: isSuccess ? .success : .failed, retryAt: nil,
          at: clock.now), .runFinished(run, isSuccess ? .success : .failed, nil, at: clock.now))
    }

    func attempt(_ run: RunID) -> AttemptID {
      AttemptID(instance: InstanceID(run: run, task: 0), number: 1)
    }
  }

  private struct Job: Sendable {
    var request: ControlRequest
    var answer: @Sendable (ControlReply) -> Void
  }

  let asked = Guarded<[ControlRequest]>([])
  private let pool: WorkerPool<Job>

  private init(_ scribe: Scribe, _ script: @escaping Script) throws {
    pool = try WorkerPool(name: "owner", workers: 1) { _ in
      { job in
        if case .hello = job.request {
          job.answer(
            .hello(version: "9.9.9", pid: 42, startedAt: Instant(seconds: 0), isDaemon: true, workers: 4))
        } else {
          job.answer(script(job.request, scribe))
        }
      }
    }
  }

  func take(_ request: ControlRequest, from asker: Asker, answer: @escaping @Sendable (ControlReply) -> Void)
  {
    if request != .hello { asked.withLock { $0.append(request) } }
    pool.submit(Job(request: request, answer: answer))
  }

  /// A running owner of a project's state.
  final class Office {
    let owner: FakeOwner
    let scribe: Scribe
    private let server: ControlServer

    init(_ project: String, script: @escaping Script) throws {
      let state = StateDirectory(root: project + "/.heddle")
      let clock = SystemClock()
      let graph = CheckedProject(loading: project).graph
      let stateOwner = try StateOwner(opening: state, clock: clock)
      try stateOwner.writer.commit([
        .releaseTaken(ReleaseRecord(id: 1, digest: "x", takenAt: clock.now, graph: graph))
      ])
      scribe = Scribe(stateOwner, graph)
      owner = try FakeOwner(scribe, script)
      server = try ControlServer(state: state, desk: owner, clock: clock)
    }

    /// Goes away as a daemon does that stops.
    func close() {
      server.close()
      owner.pool.finish()
    }
  }
}
