import Basics
import Lineage
import MeshModel
import Records

extension Context {
  /// Opens the project's record for reading; nil: nothing was ever run.
  func record(_ project: Project) throws(CommandFailure) -> StateReader? {
    do {
      return try StateReader(opening: project.state, clock: clock)
    } catch {
      if error.kind == .absent { return nil }
      throw CommandFailure(error)
    }
  }

  /// Reads the record, all of it as of one moment.
  func reading<Result>(_ reader: StateReader, _ body: (StateReader) throws -> Result) throws(CommandFailure)
    -> Result
  {
    do {
      return try reader.snapshot(body)
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  init(_ error: RecordsError) {
    let code: ExitCode
    switch error.kind {
    case .owned: code = .conflict
    case .absent: code = .notFound
    default: code = .failed
    }
    self.init(code, error.message, help: error.help)
  }
}

extension StateReader {
  /// The tasks whose instances are in a state in the latest run of their pipeline; nil: no such state.
  func nodes(in graph: MeshGraph, status word: String) throws -> [Int]? {
    guard let state = InstanceState(rawValue: word) else { return nil }
    var found: [Int] = []
    for (place, pipeline) in graph.pipelines.enumerated() {
      guard let latest = try runs(RunFilter(pipelines: [pipeline.name], limit: 1)).runs.first,
        let detail = try runDetail(latest.id)
      else { continue }
      let names = Set(detail.instances.filter { $0.state == state }.map(\.task))
      for (task, declared) in pipeline.tasks.enumerated() where names.contains(declared.name) {
        found.append(graph.firstNode[place] + task)
      }
    }
    return found
  }
}
