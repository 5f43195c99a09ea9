import Basics
import Lineage
import MeshModel
import Records

/// How long tasks take, as the record has it: what forecasts and estimates go by.
///
/// A task takes the median of its successes in the last runs of its pipeline; where it has none, what the
/// tasks of its pipeline take, of its domain, or of the mesh, by their medians.
package final class RecordedDurations {
  /// So many runs of a pipeline are looked at.
  static let runs = 20
  /// So many pipelines tell what is usual in a domain or the mesh.
  private static let mostPipelines = 100
  /// What is taken where nothing ever succeeded.
  private static let unknown = Duration.seconds(60)

  private let reader: StateReader?
  private let graph: MeshGraph
  private var known: [PipelineName: [String: Duration]] = [:]
  private var pipelines: [PipelineName: Duration?] = [:]
  private var domains: [String: Duration?] = [:]
  private var mesh: Duration??
  private var fanOuts: [TaskName: Int?] = [:]

  package init(_ reader: StateReader?, of graph: MeshGraph) {
    self.reader = reader
    self.graph = graph
  }

  /// What the task took; nil: it did not succeed in the last runs.
  package func recorded(_ task: TaskName) throws(SessionError) -> Duration? {
    try medians(of: task.pipeline)[task.task]
  }

  /// What the task takes, and where that does not come from its own successes, where from.
  package func expected(_ task: TaskName) throws(SessionError) -> (Duration, doubt: String?) {
    if let own = try recorded(task) { return (own, nil) }
    let never = "'\(task.task)' has not succeeded lately: "
    if let usual = try usual(in: task.pipeline) {
      return (usual, never + "what is usual in its pipeline is taken, \(usual.roundedText)")
    }
    if let usual = try usual(in: task.pipeline.domain) {
      return (usual, never + "what is usual in its domain is taken, \(usual.roundedText)")
    }
    if let usual = try usualInMesh() {
      return (usual, never + "what is usual in the mesh is taken, \(usual.roundedText)")
    }
    return (Self.unknown, "nothing has ever succeeded: a minute is taken for each task")
  }

  /// How many values `each` of a task gave last; nil: it was not asked in the last runs.
  package func fanOut(_ task: TaskName) throws(SessionError) -> Int? {
    if let known = fanOuts[task] { return known }
    var found: Int?
    do throws(RecordsError) {
      found = try reader?.lastFanOut(of: task.pipeline, task: task.task, runs: Self.runs)
    } catch {
      throw SessionError(error)
    }
    fanOuts[task] = .some(found)
    return found
  }

  private func medians(of pipeline: PipelineName) throws(SessionError) -> [String: Duration] {
    if let medians = known[pipeline] { return medians }
    var taken: [String: [Duration]] = [:]
    do throws(RecordsError) {
      for found in try reader?.durations(of: pipeline, runs: Self.runs) ?? [] {
        taken[found.task, default: []].append(found.mean)
      }
    } catch {
      throw SessionError(error)
    }
    let medians = taken.compactMapValues(\.median)
    known[pipeline] = medians
    return medians
  }

  private func usual(in pipeline: PipelineName) throws(SessionError) -> Duration? {
    if let known = pipelines[pipeline] { return known }
    var found: Duration?
    if let place = graph.index(of: pipeline) {
      let medians = try medians(of: pipeline)
      let working = graph.pipelines[place].tasks.filter { !$0.kind.waitsWithoutWorker }
      found = working.compactMap { medians[$0.name] }.median
    }
    pipelines[pipeline] = .some(found)
    return found
  }

  private func usual(in domain: String) throws(SessionError) -> Duration? {
    if let known = domains[domain] { return known }
    let found = try usual(among: graph.pipelines.filter { $0.name.domain == domain }.map(\.name))
    domains[domain] = .some(found)
    return found
  }

  private func usualInMesh() throws(SessionError) -> Duration? {
    if let mesh { return mesh }
    let found = try usual(among: graph.pipelines.map(\.name))
    mesh = .some(found)
    return found
  }

  private func usual(among names: [PipelineName]) throws(SessionError) -> Duration? {
    var found: [Duration] = []
    for name in names.sorted().prefix(Self.mostPipelines) {
      if let usual = try usual(in: name) { found.append(usual) }
    }
    return found.median
  }
}

extension Duration {
  /// As declarations write it, in whole seconds from ten seconds on.
  var roundedText: String {
    let milliseconds = wholeMilliseconds
    return (milliseconds < 10_000 ? self : .seconds(milliseconds / 1000)).declaredText
  }
}
