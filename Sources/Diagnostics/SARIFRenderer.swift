import Basics

/// Writes diagnostics as SARIF 2.1.0, which code hosts and editors read.
public enum SARIFRenderer {
  /// The whole log, one run.
  ///
  /// - Parameters:
  ///   - version: the program's.
  ///   - explanations: what the codes mean; those that occur are told in the log.
  public static func text(
    _ diagnostics: [Diagnostic], version: String? = nil, explanations: [DiagnosticExplanation] = []
  ) -> String {
    let codes = Set(diagnostics.map(\.code)).sorted()
    let places = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($0.element, $0.offset) })
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("$schema")
      writer.string("https://json.schemastore.org/sarif-2.1.0.json")
      writer.key("version")
      writer.string("2.1.0")
      writer.key("runs")
      writer.array { writer in
        writer.object { writer in
          writer.tool(codes, version: version, explanations)
          writer.key("columnKind")
          writer.string("unicodeCodePoints")
          writer.key("results")
          writer.array { writer in
            for diagnostic in diagnostics { writer.result(diagnostic, rule: places[diagnostic.code]) }
          }
        }
      }
    }
    return writer.text + "\n"
  }
}

extension JSONWriter {
  fileprivate mutating func tool(
    _ codes: [String], version: String?, _ explanations: [DiagnosticExplanation]
  ) {
    key("tool")
    object { writer in
      writer.key("driver")
      writer.object { writer in
        writer.key("name")
        writer.string("heddle")
        if let version {
          writer.key("version")
          writer.string(version)
        }
        writer.key("rules")
        writer.array { writer in
          for code in codes {
            writer.object { writer in
              writer.key("id")
              writer.string(code)
              guard let explanation = explanations.first(where: { $0.code == code }) else { return }
              writer.message("shortDescription", explanation.text)
            }
          }
        }
      }
    }
  }

  fileprivate mutating func result(_ diagnostic: Diagnostic, rule: Int?) {
    object { writer in
      writer.key("ruleId")
      writer.string(diagnostic.code)
      writer.key("ruleIndex")
      writer.integer(rule ?? -1)
      writer.key("level")
      writer.string(diagnostic.severity.rawValue)
      writer.message("message", diagnostic.message + (diagnostic.help.map { "; " + $0 } ?? ""))
      writer.key("locations")
      writer.array { writer in
        writer.object { $0.location(diagnostic.position, length: diagnostic.length) }
      }
      let notes = diagnostic.notes.filter { $0.position != nil }
      guard !notes.isEmpty else { return }
      writer.key("relatedLocations")
      writer.array { writer in
        for note in notes {
          writer.object { writer in
            if let position = note.position { writer.location(position, length: 1) }
            writer.message("message", note.message)
          }
        }
      }
    }
  }

  private mutating func message(_ name: String, _ text: String) {
    key(name)
    object { writer in
      writer.key("text")
      writer.string(text)
    }
  }

  private mutating func location(_ position: SourcePosition, length: Int) {
    key("physicalLocation")
    object { writer in
      writer.key("artifactLocation")
      writer.object { writer in
        writer.key("uri")
        writer.string(Self.uri(position.file.path))
      }
      writer.key("region")
      writer.object { writer in
        writer.key("startLine")
        writer.integer(position.line)
        writer.key("startColumn")
        writer.integer(position.column)
        writer.key("endColumn")
        writer.integer(position.column + length)
      }
    }
  }

  /// The path as a relative reference: what may not stand in one is percent-encoded.
  private static func uri(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        bytes.append(byte)
      case _ where "-._~/".utf8.contains(byte): bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
