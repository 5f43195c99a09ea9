import Basics
import MeshModel

extension LineageTrace {
  /// Two trees, indented by steps.
  public var text: String {
    var lines = [subject + "  " + (writer.map { "by \($0)" } ?? "from outside")]
    lines.append("up")
    for item in up { lines.append(line(for: item, isUp: true)) }
    if up.isEmpty { lines.append(upLimit == 0 ? "  (not asked for)" : "  (nothing that is told)") }
    lines.append("down")
    for item in down { lines.append(line(for: item, isUp: false)) }
    if down.isEmpty { lines.append(downLimit == 0 ? "  (not asked for)" : "  (nothing that is told)") }
    return lines.map { $0 + "\n" }.joined()
  }

  private func line(for item: Item, isUp: Bool) -> String {
    // A tree of a chain is as deep as the chain; past the width of any screen depth is told by its number.
    let deepest = 40
    let indentation = String(repeating: "  ", count: min(item.depth, deepest))
    let depth = item.depth > deepest ? "[\(item.depth)] " : ""
    let repeated = item.isRepeated ? "  (shown elsewhere)" : ""
    guard let subject = item.subject else {
      return "\(indentation)\(depth)\(item.task.map(\.description) ?? "")  (writes nothing)"
    }
    let task = item.task.map { "by \($0)" } ?? "from outside"
    return "\(indentation)\(depth)\(subject)  \(task)\(repeated)"
  }

  /// The schema `heddle.lineage/v1`: what was reached with its steps, negative upstream, and the links
  /// between.
  public var json: String {
    var writer = JSONWriter()
    writer.object { object in
      object.key("schema")
      object.string("heddle.lineage/v1")
      object.key("subject")
      object.string(subject)
      object.key("up")
      object.integer(upLimit)
      object.key("down")
      object.integer(downLimit)
      object.key("nodes")
      object.array { list in
        write(subject, task: self.writer, depth: 0, to: &list)
        for item in up where !item.isRepeated {
          write(item.subject, task: item.task, depth: -item.depth, to: &list)
        }
        for item in down where !item.isRepeated {
          write(item.subject, task: item.task, depth: item.depth, to: &list)
        }
      }
      object.key("edges")
      object.array { list in for link in links { write(link, to: &list) } }
    }
    return writer.text + "\n"
  }

  private func write(_ subject: String?, task: TaskName?, depth: Int, to list: inout JSONWriter) {
    guard let subject else { return }
    list.object { object in
      object.key("id")
      object.string(subject)
      object.key("task")
      object.string(task?.description)
      object.key("depth")
      object.integer(depth)
    }
  }

  private func write(_ link: Link, to list: inout JSONWriter) {
    list.object { object in
      object.key("from")
      object.string(link.from)
      object.key("to")
      object.string(link.to)
      object.key("task")
      object.string(link.task.description)
    }
  }
}
