import Basics
import HTTPServer
import MeshModel
import Records
import Threads

/// Answers to readings, kept for those who ask the same a moment later: many who look at one page cost little
/// more than one.
///
/// An answer stands until the record has moved on or something is published anew, and for a second at most,
/// for some tell how long something took until now.
final class AnswerMemory: Sendable {
  /// What is asked, by whom, and what stood in the record then.
  struct Question: Sendable {
    fileprivate struct Key: Hashable {
      var target: RequestTarget
      var caller: Caller
    }

    fileprivate let key: Key
    fileprivate let moment: RecordMoment

    /// Read before the answer is made, which is as new as this at least.
    init(_ visit: Visit) throws {
      var caller = visit.caller
      // From where they ask makes no difference to what they are told.
      caller.address = ""
      key = Key(target: visit.request.target, caller: caller)
      moment = try RecordMoment(visit.world)
    }
  }

  private struct Known: Sendable {
    var question: Question
    var response: HTTPResponse
    var size: Int
  }

  private struct Shelf: Sendable {
    var answers: [Question.Key: Known] = [:]
    var bytes = 0
  }

  /// In nanoseconds.
  private static let longest: UInt64 = 1_000_000_000
  private static let mostBytes = 4 << 20
  private static let mostAnswers = 1000

  private let shelf = Guarded(Shelf())

  func answer(to question: Question) -> HTTPResponse? {
    guard let known = shelf.withLock({ $0.answers[question.key] }),
      question.moment.continues(known.question.moment, within: Self.longest)
    else { return nil }
    return known.response
  }

  /// Keeps an answer; when the shelf is full, all the others go.
  func keep(_ response: HTTPResponse, for question: Question) {
    guard case .bytes(let bytes) = response.body, bytes.count <= Self.mostBytes / 4 else { return }
    // What is asked is held as it was sent, and in its parts.
    let size = bytes.count + 2 * question.key.target.text.utf8.count
    let known = Known(question: question, response: response, size: size)
    shelf.withLock { shelf in
      if shelf.bytes + known.size > Self.mostBytes || shelf.answers.count >= Self.mostAnswers {
        shelf = Shelf()
      }
      shelf.bytes += known.size - (shelf.answers.updateValue(known, forKey: question.key)?.size ?? 0)
    }
  }
}
