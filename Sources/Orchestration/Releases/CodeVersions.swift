import Basics
import Diagnostics
import Lineage
import MeshModel

/// What the tasks of a mesh mean, in a few letters each: equal for tasks that do the same.
///
/// It counts what a task does with its data: its SQL without comments and space, its command and the bytes of
/// the project's files that the command names, what it writes and how, the values that it is given. When it
/// runs, how often it is tried and what it is called does not count.
struct CodeVersions {
  let graph: MeshGraph
  let mesh: Mesh

  /// For each node of the graph.
  var all: [String] { graph.nodes.indices.map(version) }

  /// Of one node.
  func version(of node: Int) -> String {
    let task = graph.declaration(of: node)
    var sum = Sum(pipeline: graph.pipelines[graph.nodes[node].pipeline], values: mesh.values)
    sum.add(task.kind)
    if let each = task.each { sum.add(each) }
    for variable in task.env {
      sum.add("env", variable.name)
      sum.add(variable.value)
    }
    return String(sum.finished.prefix(12))
  }

  /// The files of the project that a task's meaning stands in, by their paths in it, the most telling first.
  func files(of node: Int) -> [String] {
    let task = graph.declaration(of: node)
    var files: [String] = []
    switch task.kind {
    case .sql(let sql): files.append(sql.text.position.file.path)
    case .run(let command): files += command.scripts.map(\.name)
    case .load(let load): if case .command(let command) = load.source { files += command.scripts.map(\.name) }
    case .wait, .approve, .trigger: break
    }
    files.append(task.position.file.path)
    files.append(graph.pipelines[graph.nodes[node].pipeline].position.file.path)
    var seen: Set<String> = []
    return files.filter { seen.insert($0).inserted }
  }

  /// Adds up what a task means.
  private struct Sum {
    let pipeline: Pipeline
    let values: [String: Scalar]
    private var sum = SHA256()
    /// Names that the task may be given values by.
    private var named: Set<String> = []

    init(pipeline: Pipeline, values: [String: Scalar]) {
      self.pipeline = pipeline
      self.values = values
    }

    mutating func add(_ key: String, _ value: String) {
      sum.update("\(key) \(value.utf8.count) ")
      sum.update(value)
    }

    private mutating func add(sql: String) {
      let meaning = SQLMeaning(sql)
      add("sql", meaning.text)
      named.formUnion(meaning.parameters)
    }

    mutating func add(_ value: ValueExpression) {
      switch value {
      case .literal(let scalar): add("value", "\(scalar)")
      case .sql(let text): add(sql: text.text)
      }
    }

    mutating func add(_ kind: TaskKind) {
      switch kind {
      case .run(let command): add(command)
      case .sql(let task):
        add(sql: task.text.text)
        if let target = task.into { add(target) }
      case .load(let load):
        switch load.source {
        case .file(let path): add(path)
        case .command(let command): add(command)
        }
        add("format", load.format?.rawValue ?? "")
        for column in load.columns { add("column", "\(column.name) \(column.type.rawValue)") }
        for text in load.nullTexts { add("null", text) }
        add("bad rows", load.onBadRow.rawValue)
        add(load.into)
      // What waits makes no data whose meaning could change.
      case .wait, .approve, .trigger: break
      }
    }

    private mutating func add(_ target: Target) {
      add("into", target.dataset.description)
      add("mode", target.mode.rawValue)
      for column in target.partitionBy { add("partition by", column) }
      for column in target.key { add("key", column) }
    }

    mutating func add(_ each: FanOut) {
      switch each.source {
      case .list(let values): for value in values { add("each", "\(value)") }
      case .sql(let text): add(sql: text.text)
      case .of(let task): add("each of", task.value)
      }
    }

    private mutating func add(_ command: Command) {
      var texts: [[UInt8]] = []
      switch command.form {
      case .shell(let text):
        add("shell", String(text.reversed().drop { $0.isWhitespace }.reversed()))
        texts.append(Array(text.utf8))
      case .arguments(let arguments):
        for argument in arguments {
          add("argument", "")
          add(argument)
        }
      }
      for script in command.scripts {
        sum.update("script \(script.bytes.count) ")
        sum.update(script.bytes)
        texts.append(script.bytes)
      }
      // A process finds them in its environment.
      for name in pipeline.params.map(\.name) where texts.contains(naming: "HEDDLE_PARAM_", name) {
        named.insert(name)
      }
      for name in values.keys where texts.contains(naming: "HEDDLE_VALUE_", name) { named.insert(name) }
    }

    /// Adds the values that the task names, which come from elsewhere.
    var finished: String {
      mutating get {
        for name in named.sorted() {
          if let param = pipeline.params.first(where: { $0.name == name }) {
            add("param \(name)", param.defaultValue.map { "\($0)" } ?? "")
          } else if let value = values[name] {
            add("value \(name)", "\(value)")
          }
        }
        return sum.hexadecimal
      }
    }
  }
}

extension CheckedProject {
  /// What its tasks mean.
  var codes: CodeVersions { CodeVersions(graph: graph, mesh: mesh) }
}

extension Command {
  /// Files of the project that the command names, with their paths in the project.
  fileprivate var scripts: [(name: String, bytes: [UInt8])] {
    let words: [Substring]
    switch form {
    case .shell(let text): words = text.split { $0.isWhitespace || "\"'`;|&<>()=$".contains($0) }
    case .arguments(let items):
      words = items.compactMap { if case .literal(.text(let text)) = $0 { text[...] } else { nil } }
    }
    return words.compactMap { word in
      guard let place = place(of: word),
        let bytes = try? FileTree.contents(of: place.path, most: Self.longestScript)
      else { return nil }
      return (place.name, bytes)
    }
  }

  /// What is longer is data.
  private static let longestScript = 16 << 20

  /// Where a word leads from the command's folder; nil where that is none of the project's files.
  private func place(of word: Substring) -> (path: String, name: String)? {
    guard !word.isEmpty, !word.hasPrefix("/"), !word.hasPrefix("-") else { return nil }
    let folder = directory.split(separator: "/")
    guard let top = folder.lastIndex(of: "dags") else { return nil }
    var parts = Array(folder[top...])
    for part in word.split(separator: "/") where part != "." {
      if part == ".." { parts.removeLast() } else { parts.append(part) }
      if parts.isEmpty { return nil }
    }
    let name = parts.joined(separator: "/")
    let path = "/" + (folder[..<top] + parts).joined(separator: "/")
    return FileTree.isFile(path) ? (path, name) : nil
  }
}

extension [[UInt8]] {
  /// Whether one of these texts has a variable of that kind and name in it.
  fileprivate func contains(naming kind: String, _ name: String) -> Bool {
    let variable = Array<UInt8>((kind + name.uppercased()).utf8)
    return contains { text in text.firstRange(of: variable) != nil }
  }
}
