import Lineage
import MeshModel
import Planning
import Records

extension CheckedProject {
  /// The tasks that a selector means, ascending.
  ///
  /// - Parameters:
  ///   - reader: the record that `status:` and `stale:` ask; nil: nothing was ever run.
  ///   - asksRecord: false: these are refused.
  public func nodes(selectedBy text: String, reader: StateReader?, asksRecord: Bool = true)
    throws(SessionError) -> [Int]
  {
    var failure: RecordsError?
    func lookUp(_ word: String) -> [Int]? {
      do throws(RecordsError) {
        if let reader { return try reader.nodes(in: graph, status: word) }
        return InstanceState(rawValue: word) == nil ? nil : []
      } catch {
        failure = error
        return nil
      }
    }
    func lookUpStale(_ word: String) -> [Int]? {
      guard word.isEmpty || Selector.staleReasons.contains(word) else { return nil }
      guard let reader else { return [] }
      do throws(RecordsError) { return try Staleness(self, reader: reader).nodes(staleFor: word) } catch {
        failure = error
        return nil
      }
    }
    let found: Result<[Int], SelectorError>
    do throws(SelectorError) {
      let selector = try Selector(text)
      found = .success(
        try selector.nodes(
          in: graph, status: asksRecord ? lookUp : nil, stale: asksRecord ? lookUpStale : nil))
    } catch {
      found = .failure(error)
    }
    if let failure { throw SessionError(failure) }
    switch found {
    case .success(let nodes): return nodes
    case .failure(let error):
      throw SessionError(error.kind == .syntax ? .invalid : .notFound, error.message, help: error.help)
    }
  }

  /// What a backfill that is asked for in words means for these declarations.
  public func request(
    for asked: ControlBackfill, reader: StateReader?
  ) throws(SessionError) -> BackfillRequest {
    let selection = try nodes(selectedBy: asked.selector, reader: reader)
    var range: (from: String, to: String)?
    if let from = asked.from, let to = asked.to { range = (from, to) }
    var request = BackfillRequest(selection: Set(selection), range: range, mode: asked.mode)
    request.upstream = asked.upstream
    request.downstream = asked.downstream
    if let exclude = asked.exclude { request.excluded = Set(try nodes(selectedBy: exclude, reader: reader)) }
    request.external = asked.external
    request.backwards = asked.backwards
    request.maxActive = asked.maxActive
    return request
  }
}

extension StateReader {
  /// The tasks whose instances are in a state in the latest run of their pipeline; nil: no such state.
  func nodes(in graph: MeshGraph, status word: String) throws(RecordsError) -> [Int]? {
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
