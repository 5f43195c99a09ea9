import Basics
import Lineage
import MeshModel
import Orchestration
import Records
import Timetables

/// `heddle schedule PIPELINE`.
struct ScheduleCommand: Command {
  static let description = CommandDescription(
    name: "schedule", summary: "show when a pipeline, or a cron expression, is due next",
    operands: [.optional("PIPELINE", words: .names(.pipelines))],
    options: [
      .value("cron", "EXPR"), .value("timezone", "ZONE"), .value("from", "TIME"), .value("limit", "N"),
      .flag("ledger"),
    ],
    help: """
      heddle schedule: show when a pipeline, or a cron expression, is due next

      Examples:
        heddle schedule operations/departures
        heddle schedule --cron '30 2 * * *' --timezone America/New_York --from 2024-03-09 -n 3
        heddle schedule operations/departures --ledger

      Usage: heddle schedule PIPELINE [--from TIME] [-n N] [--ledger]
             heddle schedule --cron EXPR [--timezone ZONE] [--from TIME] [-n N]

      The ticks strictly after a moment, with what daylight saving does to them. A pipeline with partitions
      makes at each tick the latest partition that is over then. Of a pipeline that is due by data: the datasets
      that make it due.

      Options:
        --cron EXPR      five fields, or @daily and its like, instead of a pipeline's
        --timezone ZONE  the zone of the expression; default UTC
        --from TIME      strictly after this moment; default now. 2024-03-10T07:00:00Z, or local time
        --limit N        so many; default 10; or -n N
        --ledger         what became of the latest ticks instead, or of data that was complete: run, skipped or
                         missed, and why

      Exit codes: 0 told, 2 the expression or the zone is wrong, 3 there is no such pipeline

      \(HelpText.options)
      """)

  var pipeline: String?
  var cron: String?
  var timezone: String?
  var from: String?
  var limit: Int
  var showsLedger: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    pipeline = arguments.operand(0)
    cron = arguments.value("cron")
    timezone = arguments.value("timezone")
    from = arguments.value("from")
    limit = try arguments.integer("limit", in: 1...100_000) ?? 10
    showsLedger = arguments.has("ledger")
    guard (pipeline == nil) != (cron == nil) else {
      throw .usage("'heddle schedule' needs a PIPELINE or --cron EXPR, one of them")
    }
    guard pipeline == nil || timezone == nil else {
      throw .usage("--timezone is for --cron: a pipeline names its own zone")
    }
    guard !showsLedger || (pipeline != nil && from == nil) else {
      throw .usage("--ledger is of a pipeline, and takes no --from")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    if let cron {
      let timetable = try timetable(cron)
      try show(timetable.0, in: timetable.zone, context) {
        timetable.0.next(after: $0)
      } partition: { _ in
        nil
      }
      return .success
    }
    let declared = try context.declared()
    let place = try declared.place(ofPipeline: pipeline ?? "")
    let pipeline = declared.graph.pipelines[place]
    if let trigger = pipeline.dataTrigger {
      if showsLedger {
        try showArrivals(of: pipeline.name, context)
      } else {
        showInputs(of: place, trigger, in: declared.graph, context)
      }
      return declared.verdict(context)
    }
    if showsLedger {
      try showLedger(of: pipeline.name, context)
      return declared.verdict(context)
    }
    guard let schedule = PipelineSchedule(pipeline) else {
      throw .notFound(
        "'\(pipeline.name)' has no schedule", help: "give it one: schedule: {cron: \"0 6 * * *\"}")
    }
    try show(schedule.timetable, in: schedule.zone, context) {
      schedule.next(after: $0)
    } partition: {
      schedule.partition(at: $0)?.key
    }
    return declared.verdict(context)
  }

  private func timetable(_ text: String) throws(CommandFailure) -> (Timetable, zone: Zone) {
    let zone: Zone
    do { zone = try Zone(named: timezone ?? "UTC") } catch {
      throw .usage("\(error)", help: error.help)
    }
    do {
      return (.cron(try CronExpression(parsing: text), zone: zone, gap: .after, fold: .first), zone)
    } catch {
      let caret =
        String(repeating: " ", count: error.offset) + String(repeating: "^", count: max(1, error.length))
      throw .usage("\(error.message)\n  \(text)\n  \(caret)", help: error.help)
    }
  }

  private func show(
    _ timetable: Timetable, in zone: Zone, _ context: Context, next: (Instant) -> Instant?,
    partition: (Instant) -> String?
  ) throws(CommandFailure) {
    var moment = context.clock.now
    if let from {
      guard let told = Instant(from, in: zone) else {
        throw .usage(
          "'\(from)' is no moment", help: "write 2024-03-10T07:00:00Z, or 2024-03-10 as it is there")
      }
      moment = told
    }
    var ticks: [Instant] = []
    while ticks.count < limit, let tick = next(moment) {
      ticks.append(tick)
      moment = tick
    }
    if context.settings.json {
      context.json("schedule") { writer in
        writer.key("timezone")
        writer.string(zone.name)
        writer.key("ticks")
        writer.array { writer in
          for tick in ticks {
            writer.object { writer in
              writer.key("at")
              writer.string(tick.secondText)
              writer.key("local")
              writer.string(local(tick, zone))
              writer.key("partition")
              writer.string(partition(tick))
              writer.key("note")
              writer.string(timetable.remark(at: tick))
            }
          }
        }
      }
      return
    }
    guard !ticks.isEmpty else { return context.remark("it is never due again") }
    var table = Table(["DUE", zone.name, "PARTITION", "REMARK"])
    for tick in ticks {
      table.add(
        .text(tick.text), .text(local(tick, zone)), .text(partition(tick) ?? "-"),
        .text(timetable.remark(at: tick) ?? ""))
    }
    table.write(to: context.out)
  }

  private func local(_ tick: Instant, _ zone: Zone) -> String {
    zone.local(at: tick).text(separator: " ") + Zone.offsetText(zone.offset(at: tick))
  }

  private func showLedger(of name: PipelineName, _ context: Context) throws(CommandFailure) {
    let reader = try context.record(try context.project())
    var ticks: [TickRecord] = []
    if let reader { ticks = try context.reading(reader) { try $0.ticks(of: name, limit: limit) } }
    if context.settings.json {
      context.json("schedule") { writer in
        writer.key("ledger")
        writer.array { writer in
          for tick in ticks {
            writer.object { writer in
              writer.key("at")
              writer.string(tick.at.secondText)
              writer.key("through")
              writer.string(tick.through.secondText)
              writer.key("outcome")
              writer.string(tick.outcome.word)
              writer.key("run")
              writer.integer(tick.outcome.run)
              writer.key("reason")
              writer.string(tick.outcome.reason?.text)
            }
          }
        }
      }
      return
    }
    guard !ticks.isEmpty else {
      return context.remark("no tick is in the ledger: 'heddle serve' runs pipelines by the clock")
    }
    var table = Table(["DUE", "THROUGH", "BECAME", "RUN", "WHY"])
    for tick in ticks {
      table.add(
        .text(tick.at.text), .text(tick.through == tick.at ? "-" : tick.through.text),
        .text(tick.outcome.word), .text(tick.outcome.run.map { String($0) } ?? "-"),
        .text(tick.outcome.reason?.text ?? ""))
    }
    table.write(to: context.out)
  }
}

extension Instant {
  /// RFC 3339 in whole seconds, which ticks are.
  fileprivate var secondText: String { CivilTime(secondsSinceEpoch: seconds).text(separator: "T") + "Z" }
}
