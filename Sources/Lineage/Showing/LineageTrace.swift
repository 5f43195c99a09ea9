import MeshModel

/// Where a dataset or a column comes from and where it goes, as `heddle lineage` shows it.
public struct LineageTrace: Sendable {
  /// One line of a tree.
  public struct Item: Sendable {
    /// Steps from the subject, from 1.
    public var depth: Int
    /// The dataset, or column, that this is about; nil: a task that reads and writes nothing.
    public var subject: String?
    /// Up: the task that writes it; down: the task that makes it of what stands above. Nil: it comes from
    /// outside.
    public var task: TaskName?
    /// It stands elsewhere in the tree, nearer to the subject, with all that follows from it.
    public var isRepeated: Bool
  }

  /// A step from one dataset, or column, to one made of it.
  public struct Link: Hashable, Comparable, Sendable {
    public var from: String
    /// Nil: the task writes nothing.
    public var to: String?
    public var task: TaskName

    public static func < (left: Self, right: Self) -> Bool {
      (left.from, left.to ?? "", left.task) < (right.from, right.to ?? "", right.task)
    }
  }

  /// The dataset or column asked for.
  public let subject: String
  public let writer: TaskName?
  public let upLimit: Int?
  public let downLimit: Int?
  public private(set) var up: [Item] = []
  public private(set) var down: [Item] = []
  /// Sorted, each once.
  public private(set) var links: [Link] = []

  /// Traces a whole dataset; nil: there is none of that name.
  ///
  /// - Parameters:
  ///   - up: how many steps upstream; nil: all.
  ///   - down: how many steps downstream; nil: all.
  public init?(of dataset: DatasetName, in graph: MeshGraph, up: Int? = nil, down: Int? = nil) {
    guard let found = graph.datasets[dataset] else { return nil }
    self.init(
      subject: dataset.description, writer: found.writer.map { graph.nodes[$0].name }, up: up, down: down)
    let walk = DatasetWalk(graph: graph)
    self.up = trace(dataset, limit: up) { walk.above($0) }
    self.down = trace(dataset, limit: down) { walk.below($0) }
    links = Array(Set(links)).sorted()
  }

  /// Traces a column through what SQL tells of; nil: there is none of that name.
  public init?(of column: MeshGraph.ColumnReference, in graph: MeshGraph, up: Int? = nil, down: Int? = nil) {
    guard let dataset = graph.datasets[column.dataset],
      dataset.columns.contains(where: { $0.name == column.column })
    else { return nil }
    self.init(
      subject: column.description, writer: dataset.writer.map { graph.nodes[$0].name }, up: up, down: down)
    let walk = ColumnWalk(graph: graph)
    self.up = trace(column, limit: up) { walk.above($0) }
    self.down = trace(column, limit: down) { walk.below($0) }
    links = Array(Set(links)).sorted()
  }

  private init(subject: String, writer: TaskName?, up: Int?, down: Int?) {
    self.subject = subject
    self.writer = writer
    upLimit = up
    downLimit = down
  }

  /// Lists, depth first, what can be reached from `start`; each subject goes on only where it is nearest.
  private mutating func trace<Subject: Hashable & CustomStringConvertible>(
    _ start: Subject, limit: Int?, _ next: (Subject) -> [TraceStep<Subject>]
  ) -> [Item] {
    let rings = Self.rings(from: start, limit: limit ?? .max, next)
    var items: [Item] = []
    var shown: Set<Subject> = [start]
    var stack: [(depth: Int, step: TraceStep<Subject>)] = []
    for step in (rings.steps[start] ?? []).reversed() { stack.append((1, step)) }
    while let (depth, step) = stack.popLast() {
      if let link = step.link { links.append(link) }
      var isRepeated = false
      if let subject = step.subject {
        isRepeated = rings.distances[subject] != depth || !shown.insert(subject).inserted
        if !isRepeated {
          for further in (rings.steps[subject] ?? []).reversed() { stack.append((depth + 1, further)) }
        }
      }
      items.append(
        Item(depth: depth, subject: step.subject?.description, task: step.task, isRepeated: isRepeated))
    }
    return items
  }

  /// The steps that leave each subject within the limit, and how far it is from the start.
  private static func rings<Subject: Hashable>(
    from start: Subject, limit: Int, _ next: (Subject) -> [TraceStep<Subject>]
  ) -> (steps: [Subject: [TraceStep<Subject>]], distances: [Subject: Int]) {
    var steps: [Subject: [TraceStep<Subject>]] = [:]
    var distances = [start: 0]
    var ring = [start]
    var depth = 0
    while !ring.isEmpty, depth < limit {
      depth += 1
      var outer: [Subject] = []
      for subject in ring {
        let leaving = next(subject)
        steps[subject] = leaving
        for case let reached? in leaving.map(\.subject) where distances[reached] == nil {
          distances[reached] = depth
          outer.append(reached)
        }
      }
      ring = outer
    }
    return (steps, distances)
  }
}

/// A step of a trace.
struct TraceStep<Subject> {
  var subject: Subject?
  var task: TaskName?
  var link: LineageTrace.Link?
}

extension MeshGraph.ColumnReference: CustomStringConvertible {
  /// `domain.dataset.column`.
  public var description: String { "\(dataset).\(column)" }
}
