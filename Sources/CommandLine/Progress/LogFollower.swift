import Basics
import Execution
import Glibc
import MeshModel
import Orchestration
import Records

/// Prints what the tasks of a run write while they write it.
final class LogFollower {
  /// An attempt whose log is printed.
  private struct Followed {
    var instance: InstanceSummary
    var isFinal: Bool
    var log: GrowingLog
  }

  /// How often the logs are looked at.
  private static let interval: Int32 = 100
  /// How long the state may be without an owner, as when a daemon is replaced by its successor.
  private static let patience: UInt64 = 10_000_000_000

  private let run: RunID
  private let task: String?
  private let attempt: Int?
  private let context: Context
  private let project: Project
  /// Several logs may be printed, so lines are led by the names of their tasks.
  private var leads = false
  private var mask = SecretMask(pieces: [])
  private var followed: [AttemptID: Followed] = [:]
  /// Those whose logs were printed to their ends.
  private var done: Set<AttemptID> = []

  /// - Parameters:
  ///   - task: as it was given: `task`, `task[0]` or `task[value]`; nil: all.
  ///   - attempt: nil: each, one after the other.
  init(run: RunID, task: String?, attempt: Int?, world: ShowCommand.World) {
    self.run = run
    self.task = task
    self.attempt = attempt
    context = world.context
    project = world.project
  }

  /// Returns when nothing more can come.
  func follow(_ detail: RunDetail) throws(CommandFailure) {
    var detail = detail
    guard let reader = try context.record(project) else { return }
    var link = try context.ownerLink(project)
    var ownerLost = link == nil ? UInt64(0) : nil
    var version: Int64?
    mask = try context.secretMask(project)
    while true {
      let current: Int64
      do { current = try reader.dataVersion() } catch { throw CommandFailure(error) }
      if version != current, let newer = try context.reading(reader, { try $0.runDetail(run) }) {
        version = current
        detail = newer
        // An attempt that began since may have been given new ones.
        mask = try context.secretMask(project)
      }
      let isOver = try take(detail)
      printNews()
      if isOver || !isRead { return }
      let now = context.clock.monotonicNanoseconds
      if let owner = link, owner.client.isGone(within: Self.interval) {
        link = nil
        ownerLost = now
      } else if link == nil {
        link = try context.ownerLink(project)
        if link == nil, now &- (ownerLost ?? now) >= Self.patience { throw abandoned }
        if link == nil { usleep(UInt32(Self.interval) * 1000) }
      }
    }
  }

  /// Takes note of attempts; whether all that are asked for are final.
  private func take(_ detail: RunDetail) throws(CommandFailure) -> Bool {
    var asked = detail.instances
    if let task { asked = try detail.instances(of: task) }
    leads = asked.count > 1
    var isOver = true
    for instance in asked {
      var isDone = instance.state.isFinal
      for one in instance.attempts where attempt == nil || one.id.number == attempt {
        if attempt != nil, one.state.isFinal { isDone = true }
        guard !done.contains(one.id) else { continue }
        let path = project.state.log(of: one.id, task: instance.task)
        followed[one.id, default: Followed(instance: instance, isFinal: false, log: GrowingLog(path: path))]
          .isFinal = one.state.isFinal
      }
      if !isDone { isOver = false }
    }
    return isOver || detail.run.state.isFinal
  }

  /// Somebody still reads what is printed, here or on another machine.
  private var isRead: Bool { context.out.error == 0 && !context.isLeftAlone }

  private func printNews() {
    for id in followed.keys.sorted() {
      guard var one = followed.removeValue(forKey: id) else { continue }
      one.log.read(isFinal: one.isFinal, mask, while: { isRead }) { line in
        say(line, of: id, one.instance)
      }
      if one.isFinal { done.insert(id) } else { followed[id] = one }
    }
    context.out.flush()
  }

  private func say(_ line: String, of attempt: AttemptID, _ instance: InstanceSummary) {
    guard !context.settings.json else {
      return context.json("logs") { writer in
        writer.key("run")
        writer.integer(run)
        writer.key("task")
        writer.string(instance.task)
        writer.key("index")
        writer.integer(instance.id.index)
        writer.key("attempt")
        writer.integer(attempt.number)
        writer.key("line")
        writer.string(line)
      }
    }
    let isTerminal = context.out.isTerminal
    if leads { context.out.write(TerminalText.clean(instance.name) + (isTerminal ? " | " : "\t")) }
    // Only a terminal obeys what stands in a log.
    context.out.line(isTerminal ? TerminalText.cleanLines(line) : line)
  }

  private var abandoned: CommandFailure {
    CommandFailure(
      .noDaemon, "run \(run) is not final, and nobody runs it",
      help: "it goes on when an owner is back, such as heddle serve")
  }
}
