import Basics
import MeshModel
import Planning

/// What a scheduler asks of whoever knows the record, in the loop and in a forecast alike.
extension Scheduler {
  /// So many ticks are answered in one turn, so that attempts which end meanwhile do not wait for long.
  private static let mostTicks = 1000
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
    var left = Self.mostTicks
    while left > 0 {
      let ticks = dueTicks(at: wall, most: left)
      if ticks.isEmpty { break }
      left -= ticks.count
      for tick in ticks {
        do throws(SessionError) {
          handle(.tick(try answer(tick)), at: now)
        } catch {
          postpone(tick, to: wall + Self.afterFailure)
          failed(error)
        }
      }
    }
    return left < Self.mostTicks
  }

  /// Handles the deadlines that are due.
  mutating func takeDeadlines(
    at wall: Instant, now: Instant, answer: (DueDeadline) throws(SessionError) -> DeadlineAnswer,
    failed: (SessionError) -> Void
  ) {
    var left = Self.mostTicks
    while left > 0 {
      let deadlines = dueDeadlines(at: wall, most: left)
      if deadlines.isEmpty { return }
      left -= deadlines.count
      for deadline in deadlines {
        do throws(SessionError) {
          handle(.deadline(try answer(deadline)), at: now)
        } catch {
          postpone(deadline, to: wall + Self.afterFailure)
          failed(error)
        }
      }
    }
  }

  /// Handles what is due by data. The record must know all that the scheduler knows before it is asked what
  /// became of a partition, so what was decided here is committed before more is looked at.
  mutating func takeArrivals(
    at wall: Instant, now: Instant,
    answer: (ArrivalQuestion, _ last: Int64) throws(SessionError) -> ArrivalAnswer,
    failed: (SessionError) -> Void
  ) {
    var left = Self.mostTicks
    while left > 0 {
      let questions = arrivalQuestions(at: wall, most: left)
      if questions.isEmpty { return }
      left -= questions.count
      for question in questions {
        do throws(SessionError) {
          handle(.arrival(try answer(question, lastPublication)), at: now)
        } catch {
          postpone(question, by: Self.afterFailure, at: now)
          failed(error)
        }
      }
      if questions.contains(where: \.isDue) { return }
    }
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
