import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// A backfill's plan as people and programs read it.
struct PlanView {
  let plan: BackfillPlan
  let graph: MeshGraph
  /// How long it takes; nil: nobody asked.
  var estimate: PlanEstimate?
  /// The live runs that it meets.
  var conflicts: [PlanConflict] = []
  /// Whether whoever reads it may know of a pipeline.
  var isTold: (PipelineName) -> Bool = { _ in true }

  /// Items alike, in one row.
  private struct Group: Hashable {
    var pipeline: Int
    var replacesGood: Bool
    var tasks: [Int]
    var kept: [Int]
    var reason: String
  }

  /// Omissions alike, in one line.
  private struct Gap: Hashable {
    var pipeline: PipelineName
    var task: String?
    var reason: Reason
  }

  /// How many task instances it runs, those of `each` counted once.
  var tasks: Int { plan.items.reduce(0) { $0 + $1.tasks.count } }

  /// The sums in one sentence.
  var summary: String {
    guard !plan.items.isEmpty else {
      return plan.stays.isEmpty ? "nothing to do" : "nothing to do: " + standing.joined(separator: ", ")
    }
    var parts = ["\(Counted.text(plan.items.count, "run")) with \(Counted.text(tasks, "task"))"]
    if plan.replacements > 0 {
      parts.append("\(Counted.text(plan.replacements, "good partition")) replaced")
    }
    parts += standing
    if let estimate {
      let about = estimate.isCut ? "more than" : "about"
      let guess = estimate.doubts.isEmpty ? "" : ", a guess"
      parts.append(
        "\(about) \(estimate.takes.text) with \(Counted.text(estimate.workers, "worker"))\(guess)")
    }
    return parts.joined(separator: ", ")
  }

  /// What stays as it is, good or missing.
  private var standing: [String] {
    [("good", plan.standing), ("missing", plan.stays.count - plan.standing)].compactMap { word, count in
      guard count > 0 else { return nil }
      let verbs = count == 1 ? "is \(word) and stays" : "are \(word) and stay"
      return "\(Counted.text(count, "partition")) \(verbs)\(word == "good" ? "" : " so")"
    }
  }

  /// What runs, with its partitions and why, as rows.
  var table: Table {
    var table = Table(["ACTION", "PIPELINE", "RUNS", "PARTITIONS", "TASKS", "WHY"])
    var order: [Group] = []
    var items: [Group: [BackfillPlan.Item]] = [:]
    for item in plan.items {
      let group = Group(
        pipeline: item.pipelineIndex, replacesGood: item.replacesGood, tasks: item.tasks, kept: item.kept,
        reason: item.reason.code)
      if items[group] == nil { order.append(group) }
      items[group, default: []].append(item)
    }
    for group in order {
      let members = items[group] ?? []
      table.add(
        .text(group.replacesGood ? "~ replace" : group.kept.isEmpty ? "+ make" : "+ the rest"),
        .text(graph.pipelines[group.pipeline].name.description), .number(members.count),
        .text(Self.ranges(members)), .text(taskText(group)), .text(Self.reason(members)))
    }
    return table
  }

  private func taskText(_ group: Group) -> String {
    let declared = graph.pipelines[group.pipeline].tasks
    guard group.tasks.count < declared.count else { return "all" }
    return group.tasks.compactMap { declared.indices.contains($0) ? declared[$0].name : nil }
      .joined(separator: ",")
  }

  /// `2013-01-01..2013-01-05,2013-01-09`: partitions that follow each other are one range.
  private static func ranges(_ items: [BackfillPlan.Item]) -> String {
    let partitions = items.compactMap(\.partition).sorted { $0.start < $1.start }
    var texts: [String] = []
    var place = 0
    while place < partitions.count {
      let first = partitions[place]
      while place + 1 < partitions.count, partitions[place].end == partitions[place + 1].start { place += 1 }
      let last = partitions[place]
      texts.append(first.key == last.key ? first.key : "\(first.key)..\(last.key)")
      place += 1
    }
    return texts.isEmpty ? "-" : texts.joined(separator: ",")
  }

  private static func reason(_ items: [BackfillPlan.Item]) -> String {
    let texts = Set(items.map(\.reason.text))
    guard texts.count > 1 else { return texts.first ?? "" }
    return items.first?.reason.code == "read" ? "others of the plan read it" : items[0].reason.text
  }

  /// What it meets, whom it delays, what is left out and why, and why its time is a guess, a line each.
  var remarks: [String] {
    conflicts.map { "conflict: \($0.text)" } + (estimate?.warnings(of: isTold) ?? []).map { "warning: \($0)" }
      + omissions + (estimate?.doubts ?? []).map { "uncertain: \($0)" }
  }

  /// What is left out and why, a line each.
  var omissions: [String] {
    var order: [Gap] = []
    var keys: [Gap: [String]] = [:]
    for omission in plan.omissions {
      let gap = Gap(pipeline: omission.pipeline, task: omission.task, reason: omission.reason)
      if keys[gap] == nil { order.append(gap) }
      keys[gap, default: []].append(omission.partition ?? "")
    }
    return order.map { gap in
      let name = gap.task.map { "\(gap.pipeline).\($0)" } ?? "\(gap.pipeline)"
      let partitions = (keys[gap] ?? []).filter { !$0.isEmpty }
      var place = ""
      if !partitions.isEmpty {
        let more = partitions.count - 5
        place = "@" + partitions.prefix(5).joined(separator: ",") + (more > 0 ? " and \(more) more" : "")
      }
      return "left out: \(name)\(place): \(gap.reason.text)"
    }
  }

  /// Writes the member `plan`.
  func write(to writer: inout JSONWriter) {
    writer.key("plan")
    writer.object { writer in
      writer.key("runs")
      writer.integer(plan.items.count)
      writer.key("tasks")
      writer.integer(tasks)
      writer.key("standing")
      writer.integer(plan.standing)
      writer.key("replacements")
      writer.integer(plan.replacements)
      writer.key("estimate")
      if let estimate { write(estimate, to: &writer) } else { writer.null() }
      writer.key("conflicts")
      writer.array { writer in for conflict in conflicts { writer.object { conflict.write(to: &$0) } } }
      writer.key("items")
      writer.array { writer in for item in plan.items { write(item, to: &writer) } }
      writer.key("omissions")
      writer.array { writer in for omission in plan.omissions { write(omission, to: &writer) } }
    }
  }

  private func write(_ estimate: PlanEstimate, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("milliseconds")
      writer.integer(estimate.takes.wholeMilliseconds)
      writer.key("is_cut")
      writer.boolean(estimate.isCut)
      writer.key("workers")
      writer.integer(estimate.workers)
      writer.key("uncertain")
      writer.array { writer in for doubt in estimate.doubts { writer.string(doubt) } }
      writer.key("warnings")
      writer.array { writer in for warning in estimate.warnings(of: isTold) { writer.string(warning) } }
    }
  }

  private func write(_ item: BackfillPlan.Item, to writer: inout JSONWriter) {
    let declared = graph.pipelines[item.pipelineIndex].tasks
    writer.object { writer in
      writer.key("pipeline")
      writer.string(item.pipeline.description)
      writer.partition(item.partition)
      for (key, places) in [("tasks", item.tasks), ("kept", item.kept)] {
        writer.key(key)
        writer.array { writer in
          for place in places where declared.indices.contains(place) { writer.string(declared[place].name) }
        }
      }
      writer.key("replaces_good")
      writer.boolean(item.replacesGood)
      writer.reason(item.reason)
    }
  }

  private func write(_ omission: BackfillPlan.Omission, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("pipeline")
      writer.string(omission.pipeline.description)
      writer.key("partition")
      writer.string(omission.partition)
      writer.key("task")
      writer.string(omission.task)
      writer.reason(omission.reason)
    }
  }
}
