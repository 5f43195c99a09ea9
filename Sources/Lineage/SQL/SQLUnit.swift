import Access
import Diagnostics
import MeshModel

/// One text of SQL that belongs to a task.
struct SQLUnit {
  enum Role {
    /// The statements of a task.
    case script
    /// The SELECT whose rows go into a dataset.
    case into(Target)
    case when
    case each
    /// The condition that a task waits for.
    case wait
    /// A value of this key.
    case value(String)
  }

  var node: Int
  var role: Role
  var text: LocatedText
  /// What is compiled: the text, or the SELECT made of it.
  var script: String
  /// How many bytes stand in `script` before the text.
  var shift: Int
  var mentions = SQLMentions()

  init(node: Int, role: Role, text: LocatedText) {
    self.node = node
    self.role = role
    self.text = text
    switch role {
    case .when, .wait: (script, shift) = ConditionText.statement(of: text.text)
    case .script, .into, .each, .value: (script, shift) = (text.text, 0)
    }
  }

  /// The place of a byte of the script in the file.
  func position(atByte offset: Int?) -> SourcePosition {
    guard let offset else { return text.position }
    return text.position(atByte: min(max(0, offset - shift), text.text.utf8.count))
  }

  /// Where a dataset is named first; where the text begins if it is not.
  func position(of dataset: DatasetName) -> SourcePosition {
    mentions.place(of: dataset).map { text.position(atByte: $0.offset) } ?? text.position
  }

  /// How many scalars the name or word at a byte of the script has; 1 where there is none.
  func length(atByte offset: Int?) -> Int {
    // Texts that were folded have one place for all that they hold.
    guard let offset, text.laterLinesColumn != nil else { return 1 }
    var rest = String(decoding: text.text.utf8.dropFirst(max(0, offset - shift)).prefix(200), as: UTF8.self)
    return rest.withUTF8 { bytes in
      var scanner = SQLScanner(bytes)
      return scanner.next().map { scanner.text(of: $0).unicodeScalars.count } ?? 1
    }
  }
}

extension TaskDeclaration {
  /// All texts of SQL that it holds, the task's own first.
  var sqlTexts: [(role: SQLUnit.Role, text: LocatedText)] {
    var texts: [(role: SQLUnit.Role, text: LocatedText)] = []
    func add(_ value: ValueExpression, of key: String) {
      if case .sql(let text) = value { texts.append((.value(key), text)) }
    }
    func add(_ command: Command) {
      if case .arguments(let items) = command.form { for item in items { add(item, of: "run") } }
    }
    switch kind {
    case .sql(let sql): texts.append((sql.into.map { .into($0) } ?? .script, sql.text))
    case .run(let command): add(command)
    case .load(let load):
      switch load.source {
      case .file(let path): add(path, of: "file")
      case .command(let command): add(command)
      }
    case .wait(let wait):
      switch wait.condition {
      case .file(let value): add(value, of: "file")
      case .http(let value): add(value, of: "http")
      case .until(let value): add(value, of: "until")
      case .sql(let text): texts.append((.wait, text))
      case .fresh: break
      }
    case .approve: break
    case .trigger(let trigger):
      if let partition = trigger.partition { add(partition, of: "partition") }
      for param in trigger.params { add(param.value, of: param.name) }
    }
    if let when { texts.append((.when, when)) }
    if case .sql(let text)? = each?.source { texts.append((.each, text)) }
    for variable in env { add(variable.value, of: variable.name) }
    return texts
  }
}
