import Basics
import Lineage
import MeshModel
import Orchestration
import Records

/// What `heddle schedule` tells of pipelines that are due by data.
extension ScheduleCommand {
  /// The datasets that make a pipeline due, and who makes those.
  func showInputs(of place: Int, _ trigger: DataTrigger, in graph: MeshGraph, _ context: Context) {
    let inputs = graph.triggerInputs(of: place)
    if context.settings.json {
      return context.json("schedule") { writer in
        writer.key("on")
        writer.string(trigger.words)
        writer.key("refresh")
        writer.string(trigger.refresh.rawValue)
        writer.key("inputs")
        writer.array { writer in
          for input in inputs {
            writer.object { writer in
              writer.key("dataset")
              writer.string(input.dataset.description)
              writer.key("pipeline")
              writer.string(graph.nodes[input.writer].name.pipeline.description)
            }
          }
        }
      }
    }
    var table = Table(["DATASET", "MADE BY", "EACH"])
    for input in inputs {
      let producer = graph.pipelines[graph.nodes[input.writer].pipeline]
      table.add(
        .text(input.dataset.description), .text(producer.name.description),
        .text(producer.grain?.rawValue ?? "run"))
    }
    table.write(to: context.out)
    context.out.flush()
    let name = graph.pipelines[place].name
    let enough = trigger.isSatisfiedByOne ? "one of these is enough" : "all of these must be there"
    context.remark("'\(name)' is due by data: \(enough)")
    context.remark("next: heddle explain \(name)")
  }

  /// What became of the latest data that was complete.
  func showArrivals(of name: PipelineName, _ context: Context) throws(CommandFailure) {
    let reader = try context.record(try context.project())
    var arrivals: [ArrivalRecord] = []
    if let reader { arrivals = try context.reading(reader) { try $0.arrivals(of: name, limit: limit) } }
    if context.settings.json {
      return context.json("schedule") { writer in
        writer.key("arrivals")
        writer.array { writer in for arrival in arrivals { write(arrival, to: &writer) } }
      }
    }
    guard !arrivals.isEmpty else {
      return context.remark("no data was complete yet that came since 'heddle serve' knows the pipeline")
    }
    var table = Table(["DECIDED", "PARTITION", "BECAME", "RUN", "BY", "WHY"])
    for arrival in arrivals {
      let by = arrival.because.last.map {
        $0.partition.isEmpty ? "\($0.dataset)" : "\($0.dataset)@\($0.partition)"
      }
      let more = arrival.because.count > 1 ? " and \(arrival.because.count - 1) more" : ""
      table.add(
        .text(arrival.decidedAt.text), .text(arrival.partition?.key ?? "-"), .text(arrival.outcome.word),
        .text(arrival.outcome.run.map { String($0) } ?? "-"), .text((by ?? "-") + more),
        .text(arrival.outcome.reason?.text ?? ""))
    }
    table.write(to: context.out)
  }

  private func write(_ arrival: ArrivalRecord, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("partition")
      writer.string(arrival.partition?.key)
      writer.key("decided_at")
      writer.string(arrival.decidedAt.rfc3339)
      writer.key("outcome")
      writer.string(arrival.outcome.word)
      writer.key("run")
      writer.integer(arrival.outcome.run)
      writer.key("because")
      writer.array { writer in
        for input in arrival.because {
          writer.object { writer in
            writer.key("dataset")
            writer.string(input.dataset.description)
            writer.key("partition")
            writer.string(input.partition.isEmpty ? nil : input.partition)
            writer.key("version")
            writer.integer(input.version == 0 ? nil : input.version)
          }
        }
      }
      writer.key("reason")
      writer.string(arrival.outcome.reason?.text)
    }
  }
}
