import Basics
import MeshModel
import Orchestration
import Planning
import Records

/// `heddle pools`.
struct PoolsCommand: Command {
  static let description = CommandDescription(
    name: "pools", summary: "show who holds slots, and who waits for them",
    operands: [], options: [],
    help: """
      heddle pools: show who holds slots, and who waits for them

      Examples:
        heddle pools
        heddle pools --json

      Usage: heddle pools

      The workers, the domains and the pools of the mesh, with their slots; then the tasks that hold them, and
      those that wait, with their places in the queue: the order in which they start if slots become free one by
      one. Domains take turns by their shares, so that order is near and not certain. What waits for a file, a
      person or another run holds no slot, and is not here: 'heddle explain' says what it waits for.

      Exit codes: 0 shown

      \(HelpText.options)
      """)

  init(_ arguments: Arguments) {}

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    let found = try context.explaining(project)
    guard var view = found?.view else {
      context.remark("nothing was ever run here")
      if context.settings.json { show([], isOwned: false, context) }
      return .success
    }
    show(
      view.occupancy(workers: found?.owner?.workers).rooms, isOwned: found?.owner != nil, context)
    return .success
  }

  private func show(_ rooms: [Occupancy.Room], isOwned: Bool, _ context: Context) {
    if context.settings.json {
      return context.json("pools") { writer in
        writer.key("rooms")
        writer.array { writer in for room in rooms { room.write(to: &writer) } }
      }
    }
    var table = Table(["KIND", "NAME", "SLOTS", "USED", "WAITING"])
    for room in rooms {
      table.add(
        .text(room.kind.rawValue), .text(room.name.isEmpty ? "-" : room.name),
        .number(room.slots.map(String.init) ?? "-"), .number(room.holders.count), .number(room.queue.count))
    }
    table.write(to: context.out)
    var places = Table(["NAME", "PLACE", "TASK", "PIPELINE"])
    for room in rooms {
      let name = room.name.isEmpty ? room.kind.rawValue : "\(room.kind.rawValue) \(room.name)"
      for item in room.holders { places.add(.text(name), .text("held"), .text(item.name), .text(item.run)) }
      for (place, item) in room.queue.enumerated() {
        places.add(.text(name), .text("\(place + 1)"), .text(item.name), .text(item.run))
      }
    }
    if !places.rows.isEmpty {
      context.out.line()
      places.write(to: context.out)
    }
    context.out.flush()
    if !isOwned { context.remark("nobody owns the state, so nothing starts: heddle serve") }
  }
}

extension Occupancy.Item {
  /// `412/publish[0]`.
  fileprivate var name: String { "\(instance.run)/\(task)" }

  /// `operations/departures@2013-01-05`.
  fileprivate var run: String { partition.map { "\(pipeline)@\($0)" } ?? "\(pipeline)" }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("run")
      writer.integer(instance.run)
      writer.key("pipeline")
      writer.string(pipeline.description)
      writer.key("partition")
      writer.string(partition)
      writer.key("task")
      writer.string(task)
    }
  }
}

extension Occupancy.Room {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("kind")
      writer.string(kind.rawValue)
      writer.key("name")
      writer.string(name.isEmpty ? nil : name)
      writer.key("slots")
      writer.integer(slots)
      writer.key("held_by")
      writer.array { writer in for item in holders { item.write(to: &writer) } }
      writer.key("queue")
      writer.array { writer in for item in queue { item.write(to: &writer) } }
    }
  }
}
