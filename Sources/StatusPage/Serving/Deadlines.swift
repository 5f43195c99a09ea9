import Basics
import HTTPServer
import Threads

/// Sees that who asks the loop is answered in time, also where the loop does not.
///
/// One thread sleeps until the next deadline; an answer that comes after it is not heard any more.
final class Deadlines: Sendable {
  /// A question that waits for its answer, which is given once.
  private final class Question: Sendable {
    let due: UInt64
    private let late: @Sendable () -> Void
    private let isAnswered = Guarded(false)

    init(due: UInt64, late: @escaping @Sendable () -> Void) {
      self.due = due
      self.late = late
    }

    /// Whether this is the first answer.
    func answers() -> Bool {
      isAnswered.withLock { isAnswered in
        defer { isAnswered = true }
        return !isAnswered
      }
    }

    var isOver: Bool { isAnswered.withLock { $0 } }

    func expire() { if answers() { late() } }
  }

  private enum Message: Sendable {
    case question(Question)
    case end
  }

  private let mailbox = Mailbox<Message>()
  private let clock: any Clock
  private let thread: WorkerThread

  init(clock: any Clock) throws(ThreadError) {
    self.clock = clock
    let mailbox = mailbox
    thread = try WorkerThread(name: "deadlines") {
      var open: [Question] = []
      while true {
        for message in mailbox.take(until: open.map(\.due).min()) {
          switch message {
          case .question(let question): open.append(question)
          case .end: return
          }
        }
        let now = clock.monotonicNanoseconds
        for question in open where question.due <= now { question.expire() }
        open.removeAll(where: \.isOver)
      }
    }
  }

  /// Hands on the first of two answers: what the result is called with, or what `late` says once time is up.
  func answer<Answer: Sendable>(
    within span: Duration, late: Answer, _ answer: @escaping @Sendable (Answer) -> Void
  ) -> @Sendable (Answer) -> Void {
    let question = Question(due: span.deadline(from: clock.monotonicNanoseconds)) { answer(late) }
    mailbox.post(.question(question))
    return { reply in if question.answers() { answer(reply) } }
  }

  func end() {
    mailbox.post(.end)
    thread.join()
  }
}
