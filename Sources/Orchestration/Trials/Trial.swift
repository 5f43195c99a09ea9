import Basics
import Execution
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import SQLite

/// A state of its own for tasks that are carried out beside the record: in memory where the machine lets us,
/// with the stores that it is given, and thrown away with all that they made.
final class Trial {
  static let prefix = "heddle-trial-"
  static let lockName = "/lock"

  private let folder: String
  /// Locked as long as this is there: whose lock is free is nobody's.
  private let lock: FileHold
  let state: StateDirectory
  let release: Release
  let worker: TrialWorker

  /// - Parameters:
  ///   - root: what the paths of files are relative to; nil: a folder of the trial.
  ///   - place: the folder that the trial's folder is made in; nil: in memory, or where temporary files go.
  init(
    _ project: CheckedProject, root: String?, in place: String? = nil, clock: any Clock
  ) throws(SessionError) {
    folder = try Self.makeFolder(in: place)
    lock = try FileHold(folder + Self.lockName)
    state = StateDirectory(root: folder + "/state")
    var mesh = project.mesh
    mesh.root = root ?? folder + "/project"
    var graph = project.graph
    for pipeline in graph.pipelines.indices {
      for task in graph.pipelines[pipeline].tasks.indices {
        graph.pipelines[pipeline].tasks[task].isolate = false
      }
    }
    release = Release(id: 1, mesh: mesh, graph: graph)
    worker = TrialWorker(state: state, clock: clock)
  }

  deinit { FileTree.remove(folder) }

  private static func makeFolder(in place: String?) throws(SessionError) -> String {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    for place in place.map({ [$0] }) ?? ["/dev/shm", temporary, "/tmp"] where place.hasPrefix("/") {
      removeLeftovers(in: place)
      let name = "\(prefix)\(getpid())-" + String(repeating: "X", count: 6)
      var template = Array("\(place)/\(name)".utf8CString)
      if mkdtemp(&template) != nil {
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    throw SessionError(
      .environment, "no temporary folder can be made", help: "set TMPDIR to a folder that may be written")
  }

  /// A process that was killed could not clear up. Its number may be another's by now, so its lock counts;
  /// one that has none yet has just begun, or died at that moment.
  private static func removeLeftovers(in place: String) {
    for name in FileTree.entries(of: place) where name.hasPrefix(prefix) {
      guard let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
      let isHeld =
        FileHold.isHeld("\(place)/\(name)\(lockName)") ?? (kill(process, 0) == 0 || errno != ESRCH)
      if !isHeld { FileTree.remove("\(place)/\(name)") }
    }
  }

  /// The file of a domain's store.
  func store(of domain: String) throws(SessionError) -> String {
    guard let place = release.domainPlaces[domain] else {
      throw SessionError(.notFound, "there is no domain '\(domain)'")
    }
    return state.store(of: release.mesh.domains[place])
  }

  /// A writing connection to a domain's store, which is made. To be gone before a task is carried out.
  func connection(to domain: String) throws -> Connection {
    let path = try store(of: domain)
    try FileTree.makeFolder(above: path)
    let connection = try Connection(path: path, mode: .create, mainName: domain)
    try connection.useWriteAheadLog()
    return connection
  }

  /// A file that is nobody's store.
  var scratch: String { folder + "/before.db" }

  /// The columns that are known of a dataset.
  func columns(of dataset: DatasetName) -> [Column] { release.graph.datasets[dataset]?.columns ?? [] }
}

extension Trial {
  /// Carries out one instance.
  func outcome(
    of task: Int, in run: RunContext, index: Int = 0, each: Scalar? = nil, outputs: [String: String]
  ) -> AttemptOutcome {
    worker.outcome(of: context(of: task, in: run, index: index, each: each, outputs: outputs))
  }

  func context(
    of task: Int, in run: RunContext, index: Int = 0, each: Scalar? = nil, outputs: [String: String]
  ) -> InstanceContext {
    InstanceContext(
      run: run, instance: InstanceID(run: run.run, task: task, index: index), each: each,
      upstreamOutputs: outputs)
  }
}

extension TaskKind {
  /// It can be carried out beside the record: what it does, it does in its store.
  var isWithinStore: Bool {
    switch self {
    case .sql: true
    case .load(let load): if case .file = load.source { true } else { false }
    default: false
    }
  }
}
