import Basics
import Glibc
import MeshModel
import Records

/// Keeps a state small by the mesh's rules: runs and events in the state file, then logs and copies of
/// releases that nothing needs any more. In pieces so short that whoever owns the state can do one between
/// two turns; a crash between any two is harmless.
public final class Maintenance {
  /// What was done, or what there is to do.
  public struct Tally: Sendable, Hashable {
    public var runs = 0
    public var alerts = 0
    public var events: Int64 = 0
    /// Folders of logs, one a run.
    public var logs = 0
    /// Copies of releases.
    public var releases = 0

    public init() {}
  }

  private static let namesAtOnce = 200
  private static let foldersAtOnce = 10

  private let upkeep: Upkeep
  private let reader: StateReader
  private let state: StateDirectory
  private let rule: RetentionRule
  private let clock: any Clock
  /// The logs of runs that are still to be looked at.
  private var logs: FolderEntries?
  private var areLogsDone = false
  private var isRecordDone = false
  private var isDone = false
  private var files = Tally()

  /// - Parameter leastEvents: a snapshot is not taken for fewer; nil: as suits.
  init(
    writer: RecordWriter, reader: StateReader, state: StateDirectory, rule: RetentionRule, clock: any Clock,
    leastEvents: Int64? = nil
  ) {
    upkeep = Upkeep(writer: writer, reader: reader, rule: rule, clock: clock, leastEvents: leastEvents)
    self.reader = reader
    self.state = state
    self.rule = rule
    self.clock = clock
  }

  public var tally: Tally {
    var tally = files
    tally.runs = upkeep.tally.runs
    tally.alerts = upkeep.tally.alerts
    tally.events = upkeep.tally.events
    return tally
  }

  /// Does the next piece; false when nothing is left to do.
  public func step() throws(RecordsError) -> Bool {
    if isDone { return false }
    if !isRecordDone {
      isRecordDone = try !upkeep.step()
      return true
    }
    if !areLogsDone, let age = rule.logs ?? rule.runs {
      let names = logs ?? FolderEntries(state.logs)
      logs = names
      var removed = 0
      for _ in 0..<Self.namesAtOnce {
        guard let name = names?.next() else {
          areLogsDone = true
          break
        }
        guard let run = RunID(name), try reader.isOver(run, before: clock.now - age) else { continue }
        FileTree.remove("\(state.logs)/\(name)")
        removed += 1
        if removed == Self.foldersAtOnce { break }
      }
      files.logs += removed
      if !areLogsDone { return true }
    }
    for release in try Self.unusedReleases(state, reader, rule, clock.now) {
      FileTree.remove("\(state.releases)/\(release)")
      files.releases += 1
    }
    isDone = true
    return false
  }

  /// What there is to do now, without doing it.
  public static func preview(
    of state: StateDirectory, reader: StateReader, rule: RetentionRule, clock: any Clock
  ) throws(RecordsError) -> Tally {
    var tally = Tally()
    if let age = rule.runs {
      var last: RunID? = 0
      while let after = last {
        let page = try reader.removableRuns(after: after, finishedBefore: clock.now - age, window: 2000)
        tally.runs += page.runs.count
        last = page.next
      }
      tally.alerts = try reader.countOfRemovableAlerts(resolvedBefore: clock.now - age)
    }
    if let age = rule.events {
      let ends = try reader.logEnds()
      let end = try reader.lastEvent(before: clock.now - age)
      if end - ends.folded >= RetentionRule.leastEvents { tally.events = end - ends.first + 1 }
    }
    if let age = rule.logs ?? rule.runs {
      for name in FileTree.entries(of: state.logs) {
        guard let run = RunID(name), try reader.isOver(run, before: clock.now - age) else { continue }
        tally.logs += 1
      }
    }
    tally.releases = try unusedReleases(state, reader, rule, clock.now).count
    return tally
  }

  /// The numbers of copies that no unfinished run needs, and that are older than runs are kept.
  private static func unusedReleases(
    _ state: StateDirectory, _ reader: StateReader, _ rule: RetentionRule, _ now: Instant
  ) throws(RecordsError) -> [ReleaseID] {
    guard let age = rule.runs else { return [] }
    let needed = try reader.releasesInUse(since: now - age)
    let latest = needed.max() ?? 0
    return FileTree.entries(of: state.releases).compactMap { ReleaseID($0) }
      .filter { $0 < latest && !needed.contains($0) }
  }
}
