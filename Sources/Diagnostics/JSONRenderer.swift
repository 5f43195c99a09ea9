import Basics

/// Writes diagnostics as one JSON object, `heddle.check/v1`.
public enum JSONRenderer {
  public static let schema = "heddle.check/v1"

  /// The whole object.
  ///
  /// - Parameters:
  ///   - pipelineCount: how many pipelines were read; null when it does not apply.
  public static func text(_ diagnostics: [Diagnostic], pipelineCount: Int? = nil) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema")
      writer.string(schema)
      writer.key("counts")
      writer.object { writer in
        writer.key("pipelines")
        writer.integer(pipelineCount)
        writer.key("errors")
        writer.integer(diagnostics.errorCount)
        writer.key("warnings")
        writer.integer(diagnostics.warningCount)
      }
      writer.key("diagnostics")
      writer.array { writer in
        for diagnostic in diagnostics { writer.diagnostic(diagnostic) }
      }
    }
    return writer.text + "\n"
  }
}

extension JSONWriter {
  /// Writes one diagnostic as an object.
  public mutating func diagnostic(_ diagnostic: Diagnostic) {
    object { writer in
      writer.key("severity")
      writer.string(diagnostic.severity.rawValue)
      writer.key("code")
      writer.string(diagnostic.code)
      writer.key("message")
      writer.string(diagnostic.message)
      writer.place(diagnostic.position)
      writer.key("length")
      writer.integer(diagnostic.length)
      writer.key("notes")
      writer.array { writer in
        for note in diagnostic.notes {
          writer.object { writer in
            writer.key("message")
            writer.string(note.message)
            writer.place(note.position)
          }
        }
      }
      writer.key("help")
      writer.string(diagnostic.help)
    }
  }

  private mutating func place(_ position: SourcePosition?) {
    key("path")
    string(position?.file.path)
    key("line")
    integer(position?.line)
    key("column")
    integer(position?.column)
  }
}
