import Basics
import Lineage
import MeshModel
import Orchestration
import Records

/// Stale partitions as people and programs read them.
struct StaleView {
  /// A stale partition and the files that changed since it was made.
  struct Item {
    var partition: StalePartition
    var files: [String]
  }

  private(set) var items: [Item] = []
  let graph: MeshGraph

  /// Finds what is stale of what these nodes write.
  init(
    _ nodes: some Sequence<Int>, of declared: CheckedProject, _ reader: StateReader, _ state: StateDirectory
  )
    throws(RecordsError)
  {
    graph = declared.graph
    let staleness = Staleness(declared, reader: reader, state: state)
    var found: [StalePartition] = []
    for node in nodes {
      try staleness.eachStale(of: node) { partition in
        found.append(partition)
        return true
      }
    }
    for partition in found {
      items.append(Item(partition: partition, files: try staleness.changedFiles(partition)))
    }
  }

  /// A row for partitions of a dataset in sequence that are stale for one reason.
  var table: Table {
    var table = Table(["DATASET", "PARTITIONS", "STALE", "WHY"])
    var place = 0
    while place < items.count {
      let first = items[place]
      var last = place
      while last + 1 < items.count, items[last + 1].isAlike(first) { last += 1 }
      let count = last - place + 1
      let key = first.partition.key
      table.add(
        .text(first.partition.dataset.description),
        .text(key.isEmpty ? "-" : count == 1 ? key : "\(key)..\(items[last].partition.key)"),
        .number(count), .text(Self.reason(items[place...last])))
      place = last + 1
    }
    return table
  }

  private static func reason(_ items: ArraySlice<Item>) -> String {
    guard let first = items.first else { return "" }
    let texts = Set(items.map { $0.partition.reason(files: $0.files).text })
    guard texts.count > 1 else { return texts.first ?? "" }
    var parts: [String] = []
    if first.partition.isOfOtherCode {
      parts.append("code changed" + (first.files.isEmpty ? "" : " (\(first.files.joined(separator: ", ")))"))
    }
    let inputs = Set(items.flatMap { $0.partition.inputs.map(\.dataset) }).sorted()
    if !inputs.isEmpty {
      parts.append("partitions of \(inputs.map { "'\($0)'" }.joined(separator: ", ")) were rebuilt")
    }
    return parts.joined(separator: ", ")
  }

  /// Those that read what is stale and are not: they may follow.
  var followers: [DatasetName] {
    let stale = Set(items.map(\.partition.dataset))
    let readers = stale.flatMap { graph.datasets[$0]?.readers ?? [] }
    return Set(readers.flatMap { graph.nodes[$0].writes }).subtracting(stale).sorted()
  }

  func write(to writer: inout JSONWriter) {
    writer.key("stale")
    writer.array { writer in
      for item in items {
        writer.object { writer in
          writer.key("dataset")
          writer.string(item.partition.dataset.description)
          writer.key("partition")
          writer.string(item.partition.key.isEmpty ? nil : item.partition.key)
          item.write(to: &writer)
        }
      }
    }
  }
}

extension StaleView.Item {
  fileprivate func isAlike(_ other: Self) -> Bool {
    partition.dataset == other.partition.dataset && files == other.files
      && partition.isOfOtherCode == other.partition.isOfOtherCode
      && partition.inputs.map(\.dataset) == other.partition.inputs.map(\.dataset)
  }

  /// Writes why it is stale, as members.
  func write(to writer: inout JSONWriter) {
    writer.key("version")
    writer.integer(partition.version)
    writer.key("run")
    writer.integer(partition.run)
    writer.key("code_changed")
    writer.boolean(partition.isOfOtherCode)
    writer.key("files")
    writer.array { writer in for file in files { writer.string(file) } }
    writer.key("inputs")
    writer.array { writer in
      for input in partition.inputs {
        writer.object { writer in
          writer.key("dataset")
          writer.string(input.dataset.description)
          writer.key("partition")
          writer.string(input.partition.isEmpty ? nil : input.partition)
          writer.key("run")
          writer.integer(input.run)
        }
      }
    }
    writer.reason(partition.reason(files: files))
  }
}
