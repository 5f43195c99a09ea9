import Basics
import Diagnostics

/// A set of tasks that run together for one partition.
public struct Pipeline: Sendable {
  public var name: PipelineName
  public var description: String?
  public var tags: [String]
  /// When it is due by the clock; nil: it is not.
  public var schedule: Schedule?
  /// Which data makes it due, in the place of a clock; nil: none does.
  public var dataTrigger: DataTrigger?
  /// The period that one run covers; nil: its runs stand on their own.
  public var grain: Grain?
  /// The IANA zone its partitions and schedule are counted in.
  public var timezone: String
  /// The first partition is the one that begins here or later, in the pipeline's zone; nil: no bound.
  public var start: CivilTime?
  /// Partitions begin before this, in the pipeline's zone; nil: no bound.
  public var end: CivilTime?
  /// How many of its runs may be active at once; at least 1.
  public var maxActiveRuns: Int
  /// Orders ready tasks within a domain: higher first.
  public var priority: Int
  /// Counted from the interval's end.
  public var deadline: Duration?
  /// Each run also rebuilds this many partitions before its own.
  public var lookback: Int
  public var params: [Parameter]
  /// In the order of the file.
  public var tasks: [TaskDeclaration]
  public var position: SourcePosition

  public init(name: PipelineName, timezone: String = "UTC", position: SourcePosition) {
    self.name = name
    self.timezone = timezone
    self.position = position
    tags = []
    maxActiveRuns = 1
    priority = 0
    lookback = 0
    params = []
    tasks = []
  }
}

/// The calendar period of a partition.
public enum Grain: String, Sendable, CaseIterable, Comparable {
  case hourly, daily, weekly, monthly, yearly

  public static func < (left: Grain, right: Grain) -> Bool {
    allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
  }
}

/// When a pipeline is due by the clock; `heddle serve` fires it.
public struct Schedule: Sendable {
  /// What makes it due.
  public enum Trigger: Sendable {
    /// Five fields in the dialect of Debian's cron.
    case cron(Located<String>)
    case every(Duration)
  }
  /// Which of the intervals missed before start-up or while down are made up for.
  public enum Catchup: String, Sendable, CaseIterable { case latest, all, none }
  /// What becomes of a local time that daylight saving leaves out.
  public enum Gap: String, Sendable, CaseIterable { case after, skip }
  /// What becomes of a local time that daylight saving repeats.
  public enum Fold: String, Sendable, CaseIterable { case first, second, both }
  /// What becomes of a tick on a date that the calendar leaves out.
  public enum OnExcluded: String, Sendable, CaseIterable { case skip, next, previous }
  /// What becomes of a tick when as many runs are active as may be.
  public enum WhenFull: String, Sendable, CaseIterable {
    case queue, skip
    case cancelRunning = "cancel_running"
  }

  public var trigger: Trigger
  public var catchup: Catchup
  public var gap: Gap
  public var fold: Fold
  public var whenFull: WhenFull
  /// How long after a tick its run is made: what late data is given.
  public var delay: Duration
  /// Nil: no date is left out or added.
  public var calendar: ScheduleCalendar?
  public var onExcluded = OnExcluded.skip
  public var position: SourcePosition

  public init(
    trigger: Trigger, catchup: Catchup = .latest, gap: Gap = .after, fold: Fold = .first,
    whenFull: WhenFull = .queue, delay: Duration = .zero, position: SourcePosition
  ) {
    self.trigger = trigger
    self.catchup = catchup
    self.gap = gap
    self.fold = fold
    self.whenFull = whenFull
    self.delay = delay
    self.position = position
  }
}

/// A typed value that whoever starts a run may set.
public struct Parameter: Sendable {
  /// What kind of value it takes.
  public enum Kind: String, Sendable, CaseIterable { case text = "string", integer, number, boolean, date }

  public var name: String
  public var kind: Kind
  /// Nil: a value must be given.
  public var defaultValue: Scalar?
  public var minimum: Double?
  public var maximum: Double?
  /// Nil: any value of the kind.
  public var allowed: [Scalar]?
  public var description: String?
  public var position: SourcePosition

  public init(name: String, kind: Kind, position: SourcePosition) {
    self.name = name
    self.kind = kind
    self.position = position
  }
}
