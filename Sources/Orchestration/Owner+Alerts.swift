import Basics
import Declarations
import Lineage
import MeshModel
import Planning
import Records

/// What operators say of alerts.
extension Owner {
  /// Nothing is silenced for longer: what is to be quiet for ever is no alert.
  public static let longestSilence = Duration.seconds(366 * 86_400)

  /// How long a silence lasts, as people write it: `30m`, `2d`; nil: that is none.
  public static func silenceSpan(_ text: String) -> Duration? {
    guard let span = Duration(declared: text), span >= .seconds(1), span <= longestSilence else { return nil }
    return span
  }

  func acknowledge(
    _ ids: [AlertID], _ note: String?, from asker: Asker, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    guard !ids.isEmpty else { throw SessionError(.invalid, "no alert is named") }
    for id in ids where !scheduler.standing(of: id).isOpen {
      let known: AlertSummary?
      do { known = try reader.alert(id) } catch { throw SessionError(error) }
      guard known != nil else {
        throw SessionError(.notFound, "there is no alert \(id)", help: "see them: heddle alerts")
      }
      throw SessionError(.conflict, "alert \(id) is over: its cause is gone")
    }
    let fresh = ids.filter { !scheduler.standing(of: $0).isAcknowledged }
    scheduler.handle(.acknowledge(fresh, by: asker.name, note: note), at: time.now)
    let names = ids.count == 1 ? "alert \(ids[0]) is" : "\(ids.count) alerts are"
    return .done("\(names) acknowledged" + (fresh.isEmpty ? " already" : ""))
  }

  func silence(_ wish: SilenceWish, _ scheduler: inout Scheduler) throws(SessionError) -> ControlReply {
    guard wish.span > .zero, wish.span <= Self.longestSilence else {
      throw SessionError(.invalid, "a silence lasts for at most 366 days")
    }
    _ = try project.nodes(selectedBy: wish.selector, reader: reader, asksRecord: false)
    let id = scheduler.nextSilence
    scheduler.handle(.silence(wish), at: time.now)
    return .done("silence \(id): nobody is told of '\(wish.selector)' for \(wish.span.declaredText)")
  }

  func unsilence(
    _ id: SilenceID, from asker: Asker, _ scheduler: inout Scheduler
  ) throws(SessionError) -> ControlReply {
    guard scheduler.lasts(id) else {
      guard id < scheduler.nextSilence else {
        throw SessionError(.notFound, "there is no silence \(id)", help: "see them: heddle alerts")
      }
      throw SessionError(.conflict, "silence \(id) is over already")
    }
    scheduler.handle(.unsilence(id, by: asker.name), at: time.now)
    return .done("silence \(id) is over")
  }
}

extension StateReader {
  /// Says whether a deadline is kept, as far as the record tells. An error is the machine's.
  ///
  /// - Parameter graph: of the latest release.
  package func answer(to deadline: DueDeadline, in graph: MeshGraph) throws(SessionError) -> DeadlineAnswer {
    let name = graph.pipelines[deadline.pipeline].name
    do throws(RecordsError) {
      let isKept = try keepsDeadline(name, tick: deadline.tick, partition: deadline.partition)
      return DeadlineAnswer(deadline, isKept: isKept)
    } catch { throw SessionError(error) }
  }
}
