import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// What `heddle explain` tells of pipelines that are due by data.
extension ExplainCommand {
  /// Says what a partition waits for that has no run, or the next one where no run is live; false: that is
  /// not what was asked.
  ///
  /// - Parameter declared: nil where the record is as it was, which names the release of that time.
  func explainData(
    _ reader: StateReader, _ declared: CheckedProject?, _ context: Context
  ) throws(CommandFailure) -> Bool {
    guard case .pipeline(let name, let key) = Reference(words) else { return false }
    if let declared {
      guard let place = declared.graph.index(of: name), declared.graph.pipelines[place].dataTrigger != nil,
        declared.broken[place] == nil
      else { return false }
    } else if try !context.reading(reader, { try $0.hasTrigger(name) }) {
      return false
    }
    let run = try latest(of: name, key, reader, context)
    if let run, key != nil || !run.state.isFinal { return false }
    let project = try context.project()
    let arrivals = try context.reading(reader) { try $0.arrivals(of: name, partition: key, limit: 1) }
    let decided = key == nil ? arrivals.first?.partition : nil
    if let at {
      let view: ExplainingView
      do { view = try context.explaining(project, reader, at: at) } catch {
        // The copy of the files of then may be gone, which how a run ended does not need.
        if run != nil { return false }
        throw error
      }
      guard var found = view.explanation(ofDataFor: name, partition: key, after: decided) else {
        return false
      }
      if key == nil || !tell(of: arrivals, about: found.partition, &found.1) {
        found.1.block("ledger", "nothing had made it due")
      }
      show(found.1.ofThePast, name, found.partition, context)
      return true
    }
    guard let (view, owner) = try context.explaining(project, declared) else { return false }
    guard let found = view.explanation(ofDataFor: name, partition: key, after: decided) else {
      throw .notFound(
        "'\(words)' is no partition of '\(name)' that was deployed", help: "see its runs: heddle runs \(name)"
      )
    }
    var explanation = found.1
    if key != nil, tell(of: arrivals, about: found.partition, &explanation) {
      show(explanation, name, found.partition, context)
      return true
    }
    if owner?.isDaemon ?? false {
      let range = found.partition.map { " --from \($0.key) --to \($0.key)" } ?? ""
      explanation.block(
        "ledger", "what is there was there before it counted; it is due once more of it comes",
        next: "heddle backfill \(name)\(range)")
    } else {
      explanation.block("owner", "no daemon is there, so no data makes it due", next: "heddle serve")
    }
    show(explanation, name, found.partition, context)
    return true
  }

  /// Says what was decided about a partition; false: nothing was.
  private func tell(
    of arrivals: [ArrivalRecord], about partition: PartitionInterval?, _ explanation: inout Explanation
  ) -> Bool {
    guard let arrival = arrivals.first(where: { $0.partition == partition }) else { return false }
    let why = arrival.outcome.reason.map { ", \($0.text)" } ?? ""
    explanation.pass("ledger", "it was decided at \(arrival.decidedAt.text): \(arrival.outcome.word)\(why)")
    return true
  }

  private func show(
    _ explanation: Explanation, _ name: PipelineName, _ partition: PartitionInterval?, _ context: Context
  ) {
    if context.settings.json {
      return context.json("explain") { writer in
        writer.moment("at", at)
        writer.key("pipeline")
        writer.string(name.description)
        writer.key("partition")
        writer.string(partition?.key)
        writer.key("checks")
        explanation.write(to: &writer)
      }
    }
    context.out.line((partition.map { "\(name)@\($0.key)" } ?? "\(name)") + atText)
    var next: [String] = []
    show(explanation, &next, context)
    context.out.flush()
    for command in next { context.remark("next: \(TerminalText.clean(command))") }
  }
}
