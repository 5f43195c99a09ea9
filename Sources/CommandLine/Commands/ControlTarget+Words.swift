import Basics
import MeshModel
import Orchestration
import Records

extension ControlTarget {
  /// As people write it: `412`, `b12` or `operations/departures`.
  var word: String {
    switch self {
    case .run(let run): String(run)
    case .backfill(let backfill): "b\(backfill)"
    case .pipeline(let pipeline): pipeline.description
    }
  }

  /// Writes one of the members `run`, `backfill` and `pipeline`.
  func write(to writer: inout JSONWriter) {
    switch self {
    case .run(let run):
      writer.key("run")
      writer.integer(run)
    case .backfill:
      writer.key("backfill")
      writer.string(word)
    case .pipeline:
      writer.key("pipeline")
      writer.string(word)
    }
  }
}

extension Context {
  /// Has the owner of the state do something to each target, in their order, and says what came of it.
  ///
  /// Where nobody owns the state, this process becomes its owner for the moment.
  func change(
    _ targets: [ControlTarget], _ command: String, _ project: Project,
    _ request: (ControlTarget) -> ControlRequest
  ) throws(CommandFailure) {
    let texts = try asking(project) { (ask) throws(CommandFailure) in
      var texts: [String] = []
      for target in targets { texts.append(try ask(request(target))) }
      return texts
    }
    if settings.json {
      json(command) { writer in
        writer.key("targets")
        writer.array { writer in
          for (target, text) in zip(targets, texts) {
            writer.object { writer in
              target.write(to: &writer)
              writer.key("text")
              writer.string(text)
            }
          }
        }
      }
    } else if settings.quiet {
      for target in targets { out.line(target.word) }
    } else {
      for text in texts { out.line(TerminalText.clean(text)) }
    }
  }

  /// Hands over what asks the owner of the state, or this process once it is the owner, for something and
  /// gives back what that says.
  func asking<Result>(
    _ project: Project,
    _ body: ((ControlRequest) throws(CommandFailure) -> String) throws(CommandFailure) -> Result
  ) throws(CommandFailure) -> Result {
    switch try hold(project.declared, project, runs: false) {
    case .theirs(let link):
      return try body { (request) throws(CommandFailure) in
        guard case .done(let text) = try link.ask(request) else { throw OwnerLink.unexpected }
        return text
      }
    case .ours(let work):
      return try body { (request) throws(CommandFailure) in try work.perform(request) }
    }
  }
}
