import Diagnostics
import Lineage
import MeshModel

/// A mesh of shell tasks written as text, one task a line: `ops/flow.clean reads ops.raw ops.old@-1 writes
/// ops.flights after land`; `source ops.landing` lists a source; `on ops/flow inputs`, `on ops/flow all
/// web.x` and `on ops/flow any web.x web.y` say what makes a pipeline due. Positions point into the text.
struct SketchedMesh {
  let file: SourceFile
  private(set) var mesh: Mesh

  init(_ text: String) {
    file = SourceFile(path: "mesh.txt", text: text)
    mesh = Mesh(root: "/project")
    var domains: [String: Domain] = [:]
    var pipelines: [PipelineName: Pipeline] = [:]
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = Self.words(of: line, number: number + 1, in: file)
      guard let first = words.first else { continue }
      if first.value == "source", words.count == 2, let name = DatasetName(words[1].value) {
        domains[name.domain, default: Domain(name: name.domain, owner: "team", position: first.position)]
          .sources.append(SourceDataset(name: name, position: words[1].position))
        continue
      }
      if first.value == "on", words.count > 2, let name = PipelineName(words[1].value) {
        let named = words.dropFirst(3).compactMap { word in
          DatasetName(word.value).map { Located($0, at: word.position) }
        }
        let watched: DataTrigger.Watched =
          switch words[2].value {
          case "all": .all(named)
          case "any": .any(named)
          default: .inputs
          }
        pipelines[name]?.dataTrigger = DataTrigger(watched: watched, position: first.position)
        continue
      }
      guard let task = TaskName(first.value) else { continue }
      let name = task.pipeline
      if domains[name.domain] == nil {
        domains[name.domain] = Domain(name: name.domain, owner: "team", position: first.position)
      }
      pipelines[name, default: Pipeline(name: name, position: first.position)]
        .tasks.append(Self.declaration(task.task, words.dropFirst(), at: first.position))
    }
    for name in pipelines.keys.sorted() {
      if let pipeline = pipelines[name] { domains[name.domain]?.pipelines.append(pipeline) }
    }
    mesh.domains = domains.values.sorted { $0.name < $1.name }
  }

  private static func declaration(
    _ name: String, _ words: ArraySlice<Located<String>>, at position: SourcePosition
  ) -> TaskDeclaration {
    let command = Command(form: .shell("true"), directory: "/project/dags")
    var task = TaskDeclaration(name: name, kind: .run(command), position: position)
    var verb = ""
    for word in words {
      if ["reads", "writes", "after"].contains(word.value) {
        verb = word.value
        continue
      }
      let parts = word.value.split(separator: "@")
      guard verb != "after" else {
        task.after.append(word)
        continue
      }
      guard let dataset = parts.first.flatMap({ DatasetName($0) }) else { continue }
      if verb == "writes" {
        task.writes.append(WriteDeclaration(dataset: dataset, position: word.position))
      } else {
        var read = ReadDeclaration(dataset: dataset, position: word.position)
        read.offset = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        task.reads.append(read)
      }
    }
    return task
  }

  private static func words(of line: Substring, number: Int, in file: SourceFile) -> [Located<String>] {
    line.split(separator: " ").map { word in
      let column = line.distance(from: line.startIndex, to: word.startIndex) + 1
      return Located(String(word), at: SourcePosition(file: file, line: number, column: column))
    }
  }
}

extension MeshGraph {
  /// `from -> to by dataset`, one line an edge.
  var edgeLines: [String] {
    edges.map { edge in
      let back = edge.reachesBack ? " (back)" : ""
      let via = edge.via.map { " by \($0)" } ?? ""
      return "\(nodes[edge.from].name) -> \(nodes[edge.to].name)\(via)\(back)"
    }
  }
}

extension [Diagnostic] {
  /// Each diagnostic with its notes, as plain lines.
  var lines: String {
    map { diagnostic in
      let notes = diagnostic.notes.map { "\n  note: \($0.position.map { "\($0): " } ?? "")\($0.message)" }
      let help = diagnostic.help.map { "\n  help: \($0)" } ?? ""
      return "\(diagnostic.position): \(diagnostic.severity.rawValue): \(diagnostic.message) "
        + "[\(diagnostic.code)]" + notes.joined() + help + "\n"
    }.joined()
  }
}
