import Basics
import Lineage
import MeshModel
import Timetables

/// A deadline that was due: its owner says whether the pipeline kept it.
public struct DueDeadline: Sendable {
  /// The pipeline's place in the graph of the latest release.
  public var pipeline: Int
  /// When the schedule was due that should have made it; nil: the pipeline is due by data.
  public var tick: Instant?
  /// What should be there; nil: the pipeline has no partitions.
  public var partition: PartitionInterval?
  /// Up to where the deadlines of the pipeline are counted with this one.
  var mark: Instant
  var due: Instant
}

/// What the record says of a deadline.
public struct DeadlineAnswer: Sendable {
  public var deadline: DueDeadline
  public var isKept: Bool

  public init(_ deadline: DueDeadline, isKept: Bool) {
    self.deadline = deadline
    self.isKept = isKept
  }
}

/// What is looked after by the wall clock: deadlines of pipelines, and how old datasets are.
struct LiveWatches: Sendable {
  /// The deadline of a pipeline of the latest release.
  struct Deadline: Sendable {
    let place: Int
    let span: Duration
    /// Nil: the pipeline is due by data, and its partitions are those of the calendar.
    let schedule: PipelineSchedule?
    let calendar: PartitionCalendar?
    let start: CivilTime?
    let end: CivilTime?
    var timer: Instant?

    /// Equal for deadlines that are due at the same moments.
    var meaning: String {
      let rhythm = schedule?.timetable.rhythm ?? calendar.map { "\($0.grain.rawValue) \($0.zone.name)" } ?? ""
      return "\(rhythm); deadline \(span.wholeMilliseconds) ms"
    }

    /// Nil: nothing tells when anything should be there.
    init?(_ pipeline: Pipeline, at place: Int) {
      guard let span = pipeline.deadline else { return nil }
      self.place = place
      self.span = span
      (start, end) = (pipeline.start, pipeline.end)
      schedule = PipelineSchedule(pipeline)
      calendar = pipeline.dataTrigger == nil ? nil : (try? PartitionCalendar(for: pipeline)) ?? nil
      if schedule == nil, calendar == nil { return nil }
    }

    /// The first deadline after those that are counted.
    func next(after mark: Instant) -> DueDeadline? {
      if let schedule {
        guard let tick = schedule.next(after: mark) else { return nil }
        let partition = schedule.partition(at: tick)
        // A tick that comes after the deadline of what it makes is looked at when it comes.
        let due = max((partition?.end ?? tick) + span, tick)
        return DueDeadline(pipeline: place, tick: tick, partition: partition, mark: tick, due: due)
      }
      guard let calendar else { return nil }
      var partition = calendar.partition(containing: mark)
      if !calendar.isWithin(partition, start: start, end: end) {
        guard let first = calendar.first(start: start, end: end), first.start > partition.start else {
          return nil
        }
        partition = first
      }
      return DueDeadline(
        pipeline: place, tick: nil, partition: partition, mark: partition.end, due: partition.end + span)
    }
  }

  /// How old a dataset may be.
  struct Dataset: Sendable {
    let within: Duration
    /// That writes it.
    let pipeline: PipelineName
    /// Nil: there is nothing yet that could grow old.
    var newest: Instant?
    var timer: Instant?
  }

  /// When to look at something, by the wall clock.
  struct Timer: Comparable, Sendable {
    enum Subject: Comparable, Sendable {
      /// Of the pipelines of a name, by their line.
      case deadline(Int)
      case dataset(DatasetName)
    }

    var due: Instant
    var subject: Subject

    static func < (left: Timer, right: Timer) -> Bool {
      (left.due, left.subject) < (right.due, right.subject)
    }
  }

  /// What the wall clock showed at the last look.
  var lookedAt = Instant(milliseconds: .min)
  /// By line.
  var deadlines: [Int: Deadline] = [:]
  var datasets: [DatasetName: Dataset] = [:]
  /// Those that a subject has set another after lead to nothing.
  private(set) var timers = Heap<Timer>()

  /// Takes the first timer that is due.
  mutating func takeTimer(dueAt wall: Instant) -> Timer? {
    guard let timer = timers.first, timer.due <= wall else { return nil }
    return timers.popFirst()
  }

  mutating func setTimer(_ line: Int, at due: Instant) {
    guard deadlines[line] != nil else { return }
    deadlines[line]?.timer = due
    insert(Timer(due: due, subject: .deadline(line)))
  }

  mutating func setTimer(_ dataset: DatasetName) {
    guard let watch = datasets[dataset], let newest = watch.newest else { return }
    let due = newest + watch.within
    datasets[dataset]?.timer = due
    insert(Timer(due: due, subject: .dataset(dataset)))
  }

  /// The most timers that stand at a time: each renewal of a dataset sets another, long before the one that
  /// it stands for is due.
  var mostTimers: Int { 2 * (deadlines.count + datasets.count) + 16 }

  private mutating func insert(_ timer: Timer) {
    timers.insert(timer)
    guard timers.count > mostTimers else { return }
    timers = Heap()
    for (line, watch) in deadlines {
      if let due = watch.timer { timers.insert(Timer(due: due, subject: .deadline(line))) }
    }
    for (name, watch) in datasets {
      if let due = watch.timer { timers.insert(Timer(due: due, subject: .dataset(name))) }
    }
  }
}
