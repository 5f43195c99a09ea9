import Basics
import MeshModel
import Planning

/// What a scheduler asks of whoever knows the record, in the loop and in a forecast alike.
extension Scheduler {
  /// So many ticks are answered in one turn. They take some 30 microseconds each, and are in the ledger
  /// before what they make begins: that attempts which end meanwhile wait a third of a second is the lesser
  /// evil.
  private static let mostTicks = 10_000
  /// So much of what is due otherwise is answered in one turn, so that attempts which end meanwhile do not
  /// wait for long.
  private static let mostOthers = 1000
  /// When something is looked at again that the record could not be asked about.
  private static let afterFailure = Duration.seconds(5)

  /// Handles what is due by the clock.
  ///
  /// - Parameter failed: told what could not be asked. Nothing is decided about a tick for a disk that fails
  ///   for the moment.
  /// - Returns: whether there was anything.
  @discardableResult
  mutating func takeTicks(
    at wall: Instant, now: Instant, answer: (DueTick) throws(SessionError) -> TickAnswer,
    failed: (SessionError) -> Void
  ) -> Bool {
    take(Self.mostTicks, failed) {
      $0.dueTicks(at: wall, most: $1)
    } handle: { scheduler, tick throws(SessionError) in
      scheduler.handle(.tick(try answer(tick)), at: now)
    } postpone: {
      $0.postpone($1, to: wall + Self.afterFailure)
    }
  }

  /// Handles the deadlines that are due.
  mutating func takeDeadlines(
    at wall: Instant, now: Instant, answer: (DueDeadline) throws(SessionError) -> DeadlineAnswer,
    failed: (SessionError) -> Void
  ) {
    take(Self.mostOthers, failed) {
      $0.dueDeadlines(at: wall, most: $1)
    } handle: { scheduler, deadline throws(SessionError) in
      scheduler.handle(.deadline(try answer(deadline)), at: now)
    } postpone: {
      $0.postpone($1, to: wall + Self.afterFailure)
    }
  }

  /// Handles what is due by data. The record must know all that the scheduler knows before it is asked what
  /// became of a partition, so what was decided here is committed before more is looked at.
  mutating func takeArrivals(
    at wall: Instant, now: Instant,
    answer: (ArrivalQuestion, _ last: Int64) throws(SessionError) -> ArrivalAnswer,
    failed: (SessionError) -> Void
  ) {
    take(Self.mostOthers, failed) {
      $0.arrivalQuestions(at: wall, most: $1)
    } handle: { scheduler, question throws(SessionError) in
      scheduler.handle(.arrival(try answer(question, scheduler.lastPublication)), at: now)
    } postpone: {
      $0.postpone($1, by: Self.afterFailure, at: now)
    } isEnough: {
      $0.contains(where: \.isDue)
    }
  }

  /// Handles what is due until nothing is, or enough was handled for a turn.
  ///
  /// - Parameters:
  ///   - most: so many are enough for a turn.
  ///   - failed: told why something was postponed.
  ///   - due: some of what is due, at most so many.
  ///   - handle: asks about one of them and handles the answer.
  ///   - isEnough: no more is looked at once these are handled.
  /// - Returns: whether there was anything.
  @discardableResult
  private mutating func take<Due>(
    _ most: Int, _ failed: (SessionError) -> Void, due: (inout Scheduler, _ most: Int) -> [Due],
    handle: (inout Scheduler, Due) throws(SessionError) -> Void,
    postpone: (inout Scheduler, Due) -> Void, isEnough: ([Due]) -> Bool = { _ in false }
  ) -> Bool {
    var left = most
    while left > 0 {
      let batch = due(&self, left)
      if batch.isEmpty { break }
      left -= batch.count
      for due in batch {
        do throws(SessionError) {
          try handle(&self, due)
        } catch {
          postpone(&self, due)
          failed(error)
        }
      }
      if isEnough(batch) { break }
    }
    return left < most
  }

  /// What there is to do for a task that wants a run to be made, now that its values are known.
  ///
  /// - Parameter find: finds the runs; nil: nobody can.
  func answer(
    _ instance: InstanceID, _ values: EvaluationAnswer,
    _ find: ((TriggerWish) throws(SessionError) -> [RunRequest])?
  ) -> TriggerAnswer {
    switch values {
    case .failed(let reason): return .refused(reason)
    case .trigger(let key, let params):
      guard let find, let wish = wish(of: instance, key: key, params: params) else { return .later }
      do throws(SessionError) {
        return .runs(try find(wish))
      } catch {
        // Nothing is decided for a disk that fails for the moment.
        return error.kind == .environment ? .later : .refused(Reason("impossible", error.message))
      }
    case .condition, .values: return .later
    }
  }
}
