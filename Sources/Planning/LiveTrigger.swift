import Basics
import Lineage
import MeshModel
import Timetables

/// The data trigger of a pipeline of the latest release, and how far what came was looked at.
///
/// What came is asked of the record, in the order of its numbers, and each partition that it may complete is
/// looked at once. What is decided is in the ledger; what is not decided holds `settledTo` back, so that it
/// is found again after a restart.
struct LiveTrigger: Sendable {
  /// One of the datasets that count.
  struct Input: Sendable {
    let dataset: DatasetName
    let reads: [MeshGraph.Read]
    /// The line that makes it.
    let producer: Int
    let hasPartitions: Bool
  }

  /// A partition that something came for and that is not decided.
  struct Held: Sendable {
    var partition: PartitionInterval?
    /// The first of what came for it.
    var number: Int64
    /// The last of it.
    private(set) var newest: Int64 = 0
    private(set) var because: [InputVersion] = []
    /// More came than is named.
    private(set) var isCut = false
    /// Its run is made once the one that is live has ended.
    var awaitsRun = false

    init(_ partition: PartitionInterval?, from number: Int64) {
      self.partition = partition
      self.number = number
    }

    /// Adds what came since.
    ///
    /// - Parameter most: so much is named, and of each dataset one at least.
    mutating func add(_ came: PublishedPartition, most: Int) {
      newest = max(newest, came.number)
      if let place = because.firstIndex(where: {
        $0.dataset == came.dataset && $0.partition == came.partition
      }) {
        because.remove(at: place)
      } else if because.count >= most, because.contains(where: { $0.dataset == came.dataset }) {
        isCut = true
        return
      }
      because.append(came.asInput)
    }
  }

  /// An input of a partition.
  struct Coverage: Hashable, Sendable {
    var dataset: DatasetName
    var partition: String
  }

  let declared: DataTrigger
  /// The pipeline's place in the graph of the latest release.
  let place: Int
  let maxActiveRuns: Int
  /// Nil: the pipeline has no partitions.
  let calendar: PartitionCalendar?
  let start: CivilTime?
  let end: CivilTime?
  /// Sorted by dataset.
  let inputs: [Input]
  let meaning: String

  /// What was published up to here is in the queue or was looked at.
  private(set) var askedTo: Int64 = 0
  /// Something may have come that was not looked at.
  var hasNews = true
  /// What came and is to be looked at; of the first of it the partitions that it may complete.
  private var queue: ArraySlice<PublishedPartition> = []
  private var walk: Walk?
  /// By the key of their partition, which is empty where there is none: those that wait for something else
  /// than a publication, and those that the owner was asked about.
  var held: [String: Held] = [:]
  var asked: [String: Held] = [:]
  /// The held ones may be complete by now.
  var reviewsHeld = false
  /// Of inputs that lack partitions the first and the last that were found missing: as long as one of them
  /// is, the others need no look.
  var missing: [Coverage: (first: String, last: String)] = [:]

  /// - Parameter line: of a pipeline of the release its line.
  init?(_ place: Int, of known: KnownRelease, line: (Int) -> Int) {
    let graph = known.release.graph
    let pipeline = graph.pipelines[place]
    guard let declared = pipeline.dataTrigger else { return nil }
    self.declared = declared
    self.place = place
    maxActiveRuns = pipeline.maxActiveRuns
    calendar = known.calendars[place]
    start = pipeline.start
    end = pipeline.end
    let inputs = graph.triggerInputs(of: place)
    guard !inputs.isEmpty else { return nil }
    self.inputs = inputs.map { input in
      let producer = graph.nodes[input.writer].pipeline
      return Input(
        dataset: input.dataset, reads: input.reads, producer: line(producer),
        hasPartitions: known.calendars[producer] != nil)
    }
    meaning = Self.meaning(of: inputs, declared, pipeline, in: graph)
  }

  /// What it waits for, in words: all that says which partitions complete which, and which of them count.
  private static func meaning(
    of inputs: [TriggerInput], _ declared: DataTrigger, _ pipeline: Pipeline, in graph: MeshGraph
  ) -> String {
    func time(_ pipeline: Pipeline) -> String {
      pipeline.grain.map { "\($0.rawValue) \(pipeline.timezone)" } ?? "whole"
    }
    let parts = inputs.map { input in
      let reads = input.reads.map { read in
        let window = read.terms.window.map { " window \($0.wholeMilliseconds) ms" } ?? ""
        return "offset \(read.terms.offset)\(window) \(read.terms.onMissing.rawValue)"
      }
      let producer = graph.pipelines[graph.nodes[input.writer].pipeline]
      return "\(input.dataset) \(time(producer)) (\(reads.sorted().joined(separator: "; ")))"
    }
    let bounds = [pipeline.start, pipeline.end].map { $0?.text(separator: " ") ?? "" }
    let refresh = declared.refresh == .auto ? ", renewed" : ""
    let how = declared.isSatisfiedByOne ? "any" : "all"
    return "\(time(pipeline)) \(bounds[0])..\(bounds[1])\(refresh) by \(how) of "
      + parts.joined(separator: ", ")
  }

  var datasets: [DatasetName] { inputs.map(\.dataset) }

  /// Everything up to here is decided, or waits for something that is still to be published.
  ///
  /// - Parameter known: what the record says so far.
  func settledTo(from known: Int64) -> Int64 {
    // What was asked about is decided in the same turn: the last of it tells how far that goes.
    guard asked.isEmpty else { return known }
    let open = [queue.first?.number, held.values.map(\.number).min()].compactMap(\.self).min()
    return max(known, min(open.map { $0 - 1 } ?? askedTo, askedTo))
  }

  /// Whether nothing is left to be looked at of what the record told.
  var isThrough: Bool { queue.isEmpty }

  /// All that was published up to here was looked at.
  var lookedTo: Int64 { queue.first.map { $0.number - 1 } ?? askedTo }

  /// Looks at what was published after a number.
  mutating func look(from number: Int64) { askedTo = number }

  mutating func take(_ publications: [PublishedPartition], upTo number: Int64) {
    queue = publications[...]
    walk = nil
    askedTo = max(askedTo, number)
  }

  /// What came next, where the pipeline has no partitions.
  mutating func nextPublication() -> PublishedPartition? { queue.popFirst() }

  /// The next partition that may be complete, and what came for it; nil: all that came was looked at.
  mutating func nextCandidate(
    _ required: RequiredPartitions, at wall: Instant
  ) -> (partition: PartitionInterval, came: PublishedPartition)? {
    while let came = queue.first {
      var walk = self.walk ?? Walk(of: came, in: self, required, at: wall)
      let next = walk.next()
      self.walk = walk
      if let next { return (next, came) }
      self.walk = nil
      _ = queue.popFirst()
    }
    return nil
  }

  /// Whether a partition lies between the pipeline's `start` and `end`.
  func isWithin(_ partition: PartitionInterval) -> Bool {
    calendar?.isWithin(partition, start: start, end: end) ?? true
  }
}

/// The partitions of a reader that something published may complete.
private struct Walk: Sendable {
  private var listed: ArraySlice<PartitionInterval> = []
  private var stretches: [ReaderPartitions] = []

  init(
    of came: PublishedPartition, in trigger: LiveTrigger, _ required: RequiredPartitions, at wall: Instant
  ) {
    guard let input = trigger.inputs.first(where: { $0.dataset == came.dataset }) else { return }
    if input.hasPartitions {
      stretches = input.reads.compactMap {
        required.readers(of: came.partition, of: $0, reader: trigger.place)
      }
    } else {
      // It is of no time, so it stands for now; and for those that waited for there to be any of it.
      let waiting = trigger.held.values.compactMap(\.partition).sorted { $0.start < $1.start }
      listed = (waiting + [trigger.calendar?.latestComplete(at: wall)].compactMap(\.self))[...]
    }
  }

  mutating func next() -> PartitionInterval? {
    if let partition = listed.popFirst() { return partition }
    while var stretch = stretches.last {
      let partition = stretch.next()
      stretches[stretches.count - 1] = stretch
      if let partition { return partition }
      stretches.removeLast()
    }
    return nil
  }
}
