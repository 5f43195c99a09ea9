import Basics
import Glibc
import MeshModel
import Threads

@testable import Orchestration

/// Answers on another thread, as an owner does, or keeps the answers until it is told to.
final class FakeDesk: ControlDesk {
  private let content = Guarded<(asked: [ControlRequest], held: [@Sendable (ControlReply) -> Void])>(([], []))
  private let holds: Bool
  private let answers: WorkerPool<@Sendable () -> Void>

  init(holds: Bool = false) throws {
    self.holds = holds
    answers = try WorkerPool(name: "desk", workers: 2) { _ in { $0() } }
  }

  deinit { answers.finish() }

  var asked: [ControlRequest] { content.withLock { $0.asked } }

  func take(
    _ request: ControlRequest, from asker: Asker, answer: @escaping @Sendable (ControlReply) -> Void
  ) {
    content.withLock { content in
      content.asked.append(request)
      if holds { content.held.append(answer) }
    }
    guard !holds else { return }
    let reply = Self.reply(to: request)
    answers.submit { answer(reply) }
  }

  /// Answers what was held; how many requests that were.
  func answerAll() -> Int {
    let held = content.withLock { content in
      defer { content.held = [] }
      return content.held
    }
    for answer in held { answer(.done("late")) }
    return held.count
  }

  static func reply(to request: ControlRequest) -> ControlReply {
    switch request {
    case .hello:
      .hello(version: "1.2.3", pid: 42, startedAt: Instant(milliseconds: 7), isDaemon: true, workers: 4)
    case .run, .retry: .accepted(runs: [7, 8], backfill: nil)
    case .backfill: .accepted(runs: [], backfill: 3)
    case .deploy: .released(4, isNew: true)
    case .cancel, .pause, .resume, .accept, .approve, .acknowledge, .silence, .unsilence, .createToken,
      .revokeToken:
      .done("so it is")
    case .mark, .markInstance: .refused(kind: .conflict, message: "no", help: "wait")
    }
  }
}
