import Basics
import MeshModel
import Timetables

/// Fire times strictly increase, whatever the clock does. Nothing fires before its time, before the schedule
/// was known or edited (but its own history, once), or while paused.
final class Law05: Law {
  let number = 5
  private var last: [PipelineName: Instant] = [:]
  /// The last tick of each pipeline, whatever became of its schedule.
  private var decided: [PipelineName: Instant] = [:]
  private var rhythms: [PipelineName: String] = [:]

  func see(_ change: Change, _ chronicle: Chronicle, _ court: Court) {
    switch change {
    case .scheduled(let schedule, let at):
      if rhythms.updateValue(schedule.rhythm, forKey: schedule.pipeline) != nil,
        chronicle.schedules[schedule.pipeline] != nil
      {
        // The commit may have come later than the decision, and the clock have been set between them.
        let wall = chronicle.earliestWall(at: at)
        expect(
          schedule.countedTo >= wall, court,
          "'\(schedule.pipeline)' was edited at \(wall) and counts from \(schedule.countedTo)")
      }
      // What was counted stays counted, also of a schedule that was taken away and came back.
      if let last = decided[schedule.pipeline] {
        expect(
          schedule.countedTo >= last, court,
          "'\(schedule.pipeline)' counts from \(schedule.countedTo), and its ticks up to \(last) are decided")
      }
      last[schedule.pipeline] = schedule.countedTo
    case .unscheduled(let pipeline, _): rhythms[pipeline] = nil
    case .ticked(let tick):
      let name = tick.pipeline
      if let last = last[name] {
        expect(tick.at > last, court, "'\(name)' ticks at \(tick.at), after \(last)")
      }
      expect(tick.through >= tick.at, court, "'\(name)' ticks from \(tick.at) to \(tick.through)")
      last[name] = tick.through
      decided[name] = tick.through
      let delay = chronicle.releaseOfTicks?.schedule(of: name)?.declared.delay ?? .zero
      expect(
        tick.through + delay <= chronicle.latestWall, court,
        "'\(name)' ticks before its time, \(tick.through)")
      expect(!chronicle.paused.contains(.pipeline(name)), court, "'\(name)' ticks while it is paused")
      checkInterval(of: tick, chronicle, court)
    default: return
    }
  }

  /// A run without a partition is about the time from the tick before to its own, and none lies between.
  private func checkInterval(of tick: TickRecord, _ chronicle: Chronicle, _ court: Court) {
    guard let id = tick.outcome.run, let run = chronicle.runs[id]?.record else { return }
    guard run.partition == nil, let due = chronicle.releaseOfTicks?.schedule(of: tick.pipeline) else {
      return expect(run.ticks == nil, court, "run \(id) has a partition and an interval besides")
    }
    expect(run.ticks?.end ?? tick.at == tick.at, court, "run \(id) does not end with its tick")
    let before = run.ticks?.start ?? tick.at - .seconds(400 * 86_400)
    expect(
      due.next(after: before) == tick.at, court, "run \(id) begins at \(before), not a tick before its own")
  }
}
