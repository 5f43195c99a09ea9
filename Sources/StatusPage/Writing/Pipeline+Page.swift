import Basics
import Diagnostics
import MeshModel
import Records

extension Pipeline {
  /// Writes what is declared of it besides its tasks and its schedule.
  func writeDeclaration(to writer: inout JSONWriter) {
    writer.number("max_active_runs", maxActiveRuns)
    writer.number("priority", priority)
    writer.objects("params", params) { writer, parameter in
      writer.text("name", parameter.name)
      writer.text("type", parameter.kind.rawValue)
      writer.key("default")
      writer.value(parameter.defaultValue ?? Scalar.null)
      writer.text("description", parameter.description)
      writer.key("minimum")
      writer.number(parameter.minimum)
      writer.key("maximum")
      writer.number(parameter.maximum)
      writer.key("allowed")
      if let allowed = parameter.allowed {
        writer.array { writer in for value in allowed { writer.value(value) } }
      } else {
        writer.null()
      }
    }
  }

  /// Writes its file, and the SQL files of its tasks.
  func writeDefinition(to writer: inout JSONWriter, release: ReleaseID) {
    writer.text("file", position.file.path)
    writer.number("line", position.line)
    writer.text("text", position.file.text)
    writer.number("release", release)
    var seen: Set<String> = [position.file.path]
    let files = tasks.compactMap { task -> SourceFile? in
      guard case .sql(let sql) = task.kind else { return nil }
      let file = sql.text.position.file
      return seen.insert(file.path).inserted ? file : nil
    }
    writer.objects("files", files) { writer, file in
      writer.text("file", file.path)
      writer.text("text", file.text)
    }
  }
}
