import Basics
import MeshModel
import Records

/// `heddle audit [--verify]`.
struct AuditCommand: Command {
  static let description = CommandDescription(
    name: "audit", summary: "show who changed what, when and from where",
    operands: [], options: [.flag("verify"), .value("limit", "N")],
    help: """
      heddle audit: show who changed what, when and from where

      Examples:
        heddle audit
        heddle audit --verify
        heddle audit -n 1000 --json

      Usage: heddle audit [--limit N]
             heddle audit --verify

      Every change that somebody asked for by a command, the page or the API, the latest first. Each line is
      chained to the one before by a digest: --verify follows the chain, and tells the last link. Keep that
      somewhere else, and what is taken off the end shows as well.

      Options:
        --verify   see that no line was changed, taken out or put in
        --limit N  so many lines; default 50; or -n N

      Exit codes: 0 told, 1 the chain is broken

      \(HelpText.options)
      """)

  var verifies: Bool
  var limit: Int

  init(_ arguments: Arguments) throws(CommandFailure) {
    verifies = arguments.has("verify")
    limit = try arguments.integer("limit", in: 1...1_000_000) ?? 50
    guard !verifies || !arguments.has("limit") else {
      throw .usage("'--verify' looks at every line", help: "leave '--limit' out")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let reader = try context.record(try context.project())
    if verifies { return try verify(reader, context) }
    var lines: [AuditLine] = []
    if let reader { lines = try context.reading(reader) { try $0.auditLines(limit: limit) } }
    if context.settings.json {
      context.json("audit") { writer in
        writer.key("lines")
        writer.array { writer in for line in lines { writer.object { line.write(to: &$0) } } }
      }
      return .success
    }
    guard !lines.isEmpty else {
      context.remark("nobody has changed anything")
      return .success
    }
    var table = Table(["NO", "WHEN", "WHO", "FROM", "DID", "TO", "BEFORE", "AFTER"])
    for line in lines {
      let record = line.record
      table.add(
        .number(String(line.number)), .text(record.at.text), .text(record.asker.name),
        .text(record.asker.origin), .text(record.action), .text(record.subject), .text(record.before ?? "-"),
        .text(record.after ?? "-"))
    }
    table.write(to: context.out)
    return .success
  }

  private func verify(_ reader: StateReader?, _ context: Context) throws(CommandFailure) -> ExitCode {
    var chain = (lines: Int64(0), link: "", broken: Int64?.none)
    if let reader { chain = try context.reading(reader) { try $0.auditChain() } }
    if context.settings.json {
      context.json("audit") { writer in
        writer.key("lines")
        writer.integer(chain.lines)
        writer.key("link")
        writer.string(chain.link)
        writer.key("broken")
        writer.integer(chain.broken)
      }
    } else if let broken = chain.broken {
      context.out.line("the chain is broken at line \(broken): it is not as it was written")
    } else {
      context.out.line("\(Counted.text(Int(clamping: chain.lines), "line")), whole; last link \(chain.link)")
    }
    return chain.broken == nil ? .success : .failed
  }
}

extension AuditLine {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("number")
    writer.integer(number)
    writer.moment("at", record.at)
    for (key, value) in [
      ("who", record.asker.name), ("from", record.asker.origin), ("action", record.action),
      ("subject", record.subject), ("link", link),
    ] {
      writer.key(key)
      writer.string(value)
    }
    for (key, text) in [("before", record.before), ("after", record.after)] {
      writer.key(key)
      if let text, let value = try? JSONValue(parsing: text.utf8) {
        writer.value(value)
      } else {
        writer.null()
      }
    }
  }
}
