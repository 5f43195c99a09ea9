import Declarations
import Lineage
import MeshModel
import Records

/// What a deploy would change of the release that new runs are made from.
public struct DeployPlan: Sendable {
  /// What becomes of something.
  public enum Kind: String, Sendable { case added, removed, changed }

  /// A file that is not as the release has it.
  public struct FileChange: Hashable, Sendable {
    /// Relative to the project.
    public var path: String
    public var kind: Kind
  }

  /// A task that is not as the release has it.
  public struct TaskChange: Hashable, Sendable {
    public var name: String
    public var kind: Kind
    /// The keys that differ.
    public var keys: [String]
  }

  /// A pipeline that is not as the release has it.
  public struct PipelineChange: Hashable, Sendable {
    public var name: PipelineName
    public var kind: Kind
    /// The keys that differ, besides its tasks.
    public var keys: [String]
    public var tasks: [TaskChange]
    /// When it is due, before and after, in words; nil: by hand only, or not there.
    public var scheduleBefore: String?
    public var scheduleAfter: String?
  }

  /// A dataset that comes, goes, or is made in another way.
  public struct DatasetChange: Hashable, Sendable {
    public var name: DatasetName
    public var kind: Kind
    /// The tasks of other pipelines that read it, directly or through others; sorted.
    public var readers: [TaskName]
  }

  /// The latest release; nil: none was ever taken.
  public private(set) var before: ReleaseID?
  public private(set) var files: [FileChange] = []
  /// Keys of the mesh and of domains: `operations: slots`.
  public private(set) var settings: [String] = []
  public private(set) var pipelines: [PipelineChange] = []
  /// Datasets that come, go, have other columns, or are made in another way.
  public private(set) var datasets: [DatasetChange] = []
  /// Datasets whose task means something else: what is there of them will be stale.
  public private(set) var recoded: [DatasetName] = []
  /// The declarations that new runs would be made from.
  public let project: CheckedProject

  /// `mesh.yaml` has errors, so that nothing can be deployed at all.
  public var isRefused: Bool { project.misread.mesh }

  /// Whether nothing would be other than it is.
  public var isEmpty: Bool { files.isEmpty && settings.isEmpty && pipelines.isEmpty && datasets.isEmpty }

  /// - Parameter last: the latest release.
  public init(of project: CheckedProject, in state: StateDirectory, after last: ReleaseID?) {
    let folder = last.map { ReleaseFolder($0, in: state) }.flatMap { $0.exists ? $0 : nil }
    guard let last, let folder else {
      self.project = project
      compare(nil)
      files = ReleaseFolder.parts.flatMap { part in
        FileTree.files(below: "\(project.root)/\(part)").map { .init(path: "\(part)/\($0)", kind: .added) }
      }
      return
    }
    before = last
    let earlier = folder.project(of: project.root)
    let isRefused = project.misread.mesh
    self.project = isRefused ? project : KeptVersions.found(for: project, before: (last, earlier)).project
    guard !isRefused else { return }
    files = Self.files(of: project.root, since: folder.path)
    if files.isEmpty { return }
    compare(earlier)
  }

  private static func files(of root: String, since folder: String) -> [FileChange] {
    ReleaseFolder.parts.flatMap { part -> [FileChange] in
      let now = Set(FileTree.files(below: "\(root)/\(part)"))
      let then = Set(FileTree.files(below: "\(folder)/\(part)"))
      return now.union(then).sorted().compactMap { name in
        let path = "\(part)/\(name)"
        guard then.contains(name) else { return FileChange(path: path, kind: .added) }
        guard now.contains(name) else { return FileChange(path: path, kind: .removed) }
        return FileTree.holdSame("\(root)/\(path)", "\(folder)/\(path)")
          ? nil : FileChange(path: path, kind: .changed)
      }
    }
  }

  private mutating func compare(_ earlier: CheckedProject?) {
    let old = earlier?.graph ?? MeshGraph()
    if let earlier { settings = Self.settings(project.mesh, since: earlier.mesh) }
    let names = Set(old.pipelines.map(\.name)).union(project.graph.pipelines.map(\.name)).sorted()
    for name in names {
      let left = old.index(of: name).map { old.pipelines[$0] }
      let right = project.graph.index(of: name).map { project.graph.pipelines[$0] }
      if let change = Self.change(name, left, right) { pipelines.append(change) }
    }
    compareDatasets(old)
    if let earlier { recoded = Self.recoded(project, since: earlier) }
  }

  private static func recoded(_ project: CheckedProject, since earlier: CheckedProject) -> [DatasetName] {
    let (now, then) = (project.codes, earlier.codes)
    return project.graph.datasets.keys.filter { name in
      guard let writer = project.graph.datasets[name]?.writer, let old = earlier.graph.datasets[name]?.writer
      else { return false }
      return now.version(of: writer) != then.version(of: old)
    }.sorted()
  }

  private static func settings(_ mesh: Mesh, since old: Mesh) -> [String] {
    var settings: [String] = []
    func note(_ key: String, _ differs: Bool) { if differs { settings.append(key) } }
    note(
      "mesh: pools", mesh.pools.map { "\($0.name) \($0.slots)" } != old.pools.map { "\($0.name) \($0.slots)" }
    )
    note(
      "mesh: values",
      "\(mesh.values.sorted { $0.key < $1.key })" != "\(old.values.sorted { $0.key < $1.key })")
    note("mesh: retention", "\(mesh.retention)" != "\(old.retention)")
    for domain in mesh.domains {
      guard let before = old.domains.first(where: { $0.name == domain.name }) else { continue }
      note("\(domain.name): owner", domain.owner != before.owner)
      note("\(domain.name): store", domain.store != before.store)
      note("\(domain.name): slots", domain.slots != before.slots)
      note("\(domain.name): share", domain.share != before.share)
      let sources = [domain, before].map { $0.sources.map { "\($0.name) \($0.columns)" }.sorted() }
      note("\(domain.name): sources", sources[0] != sources[1])
    }
    return settings
  }
}

extension DeployPlan {
  private static func keys(_ left: Facets, _ right: Facets) -> [String] {
    let before = Dictionary(left.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(right.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = []
    return (right + left).map(\.key).filter { before[$0] != after[$0] && seen.insert($0).inserted }
  }

  private static func change(_ name: PipelineName, _ left: Pipeline?, _ right: Pipeline?) -> PipelineChange? {
    let schedules = [left, right].map { pipeline in
      pipeline.flatMap(\.scheduleWords)
    }
    var change = PipelineChange(
      name: name, kind: left == nil ? .added : right == nil ? .removed : .changed, keys: [], tasks: [],
      scheduleBefore: schedules[0], scheduleAfter: schedules[1])
    guard let left, let right else { return change }
    change.keys = keys(left.facets, right.facets)
    let names = right.tasks.map(\.name) + left.tasks.map(\.name)
    var seen: Set<String> = []
    for name in names where seen.insert(name).inserted {
      let before = left.tasks.first { $0.name == name }?.facets
      let after = right.tasks.first { $0.name == name }?.facets
      guard let before else {
        change.tasks.append(TaskChange(name: name, kind: .added, keys: []))
        continue
      }
      guard let after else {
        change.tasks.append(TaskChange(name: name, kind: .removed, keys: []))
        continue
      }
      let differing = keys(before, after)
      if !differing.isEmpty { change.tasks.append(TaskChange(name: name, kind: .changed, keys: differing)) }
    }
    return change.keys.isEmpty && change.tasks.isEmpty ? nil : change
  }

  private mutating func compareDatasets(_ old: MeshGraph) {
    let new = project.graph
    let changed = Set(
      pipelines.filter { $0.kind == .changed }.flatMap { pipeline in
        pipeline.tasks.filter { $0.kind == .changed && $0.keys != ["description"] }.map {
          TaskName(pipeline: pipeline.name, task: $0.name)
        }
      })
    for name in Set(old.datasets.keys).union(new.datasets.keys).sorted() {
      let (left, right) = (old.datasets[name], new.datasets[name])
      switch (left?.writer, right?.writer) {
      case (nil, nil): continue
      case (nil, _?): datasets.append(DatasetChange(name: name, kind: .added, readers: new.readers(of: name)))
      case (_?, nil):
        datasets.append(DatasetChange(name: name, kind: .removed, readers: old.readers(of: name)))
      case (_?, let writer?):
        guard
          left?.columns.map({ "\($0)" }) != right?.columns.map({ "\($0)" })
            || changed.contains(new.nodes[writer].name)
        else { continue }
        datasets.append(DatasetChange(name: name, kind: .changed, readers: new.readers(of: name)))
      }
    }
  }
}

extension MeshGraph {
  /// The tasks of other pipelines that come after what writes a dataset, because of data; sorted.
  fileprivate func readers(of dataset: DatasetName) -> [TaskName] {
    guard let writer = datasets[dataset]?.writer else { return [] }
    var seen: Set<Int> = [writer]
    var queue = datasets[dataset]?.readers ?? []
    var found: [TaskName] = []
    while let node = queue.popLast() {
      guard seen.insert(node).inserted else { continue }
      if nodes[node].pipeline != nodes[writer].pipeline { found.append(nodes[node].name) }
      for written in nodes[node].writes { queue += datasets[written]?.readers ?? [] }
    }
    return found.sorted { $0.description < $1.description }
  }
}
