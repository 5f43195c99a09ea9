import Basics
import Declarations
import Lineage
import MeshModel
import Orchestration
import Records
import Timetables

/// `heddle retry RUN|SELECTOR`.
struct RetryCommand: Command {
  static let description = CommandDescription(
    name: "retry", summary: "do again what failed, in new runs that keep what succeeded",
    operands: [.required("RUN|SELECTOR", words: .names(.selectors))],
    options: [
      .flag("failed"), .value("from", "TASK"), .flag("all"), .flag("kept"), .flag("latest"),
      .value("since", "TIME"), .flag("yes"), .value("workers", "N"), .flag("detach"), .flag("local"),
    ],
    help: """
      heddle retry: do again what failed, in new runs that keep what succeeded

      Examples:
        heddle retry 412
        heddle retry operations/departures@2013-01-05 --from clean
        heddle retry 'domain:operations' --since 12h --yes

      Usage: heddle retry RUN|PIPELINE@KEY|SELECTOR [OPTION]...

      A final run never changes: a new one, linked to it, does what did not succeed and what comes after that.
      PIPELINE@KEY means the run of that partition that goes on, or else the latest. A selector means the latest
      runs of its pipelines' partitions, as far as they failed and none goes on. Where the files are not those of
      the run any more, you are asked which to use.

      Options:
        --failed     what did not succeed, and what comes after it (the default)
        --from TASK  this task too, and what comes after it
        --all        everything
        --kept       with the files that the run used
        --latest     with the files as they are now
        --since TIME  of a selector: only runs made since then; 12h, 2013-01-31, 2013-01-31T06:00:00Z
        --yes        do not ask, where a selector means several runs
        --workers N  run at most N tasks at once, when this process runs them; default: twice the number of
                     processors
        --detach     let the daemon run them, and do not follow them
        --local      run them in this process, also where a daemon used to

      Exit codes: 0 the new runs succeeded, 1 one failed, 2 not confirmed, 3 nothing of that name failed, 6 no
      daemon, or it went away, 9 the run is not final, or there is nothing to do again, 130 interrupted

      \(HelpText.options)
      """)

  var words: String
  var scope: RetryWish.Scope
  /// Nil: asked for where it matters.
  var files: RetryWish.Files?
  var since: String?
  var yes: Bool
  var workers: Int?
  var detach: Bool
  var local: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    words = try arguments.required(0)
    let from = arguments.value("from")
    let scopes = [arguments.has("failed"), from != nil, arguments.has("all")]
    guard scopes.count(where: \.self) <= 1 else {
      throw .usage("--failed, --from and --all exclude each other", help: "give one of them")
    }
    scope = arguments.has("all") ? .all : from.map { .from(task: $0) } ?? .failed
    guard !arguments.has("kept") || !arguments.has("latest") else {
      throw .usage("--kept and --latest exclude each other", help: "give one of them")
    }
    files = arguments.has("kept") ? .kept : arguments.has("latest") ? .latest : nil
    since = arguments.value("since")
    yes = arguments.has("yes")
    workers = try arguments.integer("workers", in: 1...1024)
    (detach, local) = try arguments.whereabouts("runs them")
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let work = try AskedRuns(context, as: "retry", workers: workers, isDetached: detach, isLocal: local)
    let runs = try chosen(work)
    let wish = RetryWish(runs: runs.map(\.id), scope: scope, files: try files(of: runs, work))
    return try work.make(asking: .retry(wish)) { (owner) throws(SessionError) in try owner.retries(wish) }
  }

  /// The runs that are meant, ascending.
  private func chosen(_ work: AskedRuns) throws(CommandFailure) -> [RunSummary] {
    guard let reader = try work.context.record(work.project, changes: true) else { throw nothing }
    let context = work.context
    let run: RunSummary?
    switch Reference(words) {
    case .run(let id): run = try context.reading(reader) { try $0.run(id) }
    case .pipeline(let pipeline, let partition?):
      run = try context.reading(reader) { try $0.currentRun(of: pipeline, partition: partition) }
    default: return try selected(work, reader)
    }
    guard since == nil else { throw .usage("--since is for a selector, and '\(words)' is one run") }
    guard let run else {
      throw .notFound("there is no run '\(words)'", help: "see what there is: heddle runs")
    }
    try check([run], context)
    return [run]
  }

  /// Refuses who may not, before anything is told of the runs or their files.
  private func check(_ runs: [RunSummary], _ context: Context) throws(CommandFailure) {
    try context.caller?.check(.retry(RetryWish(runs: runs.map(\.id), scope: scope)))
  }

  /// The latest runs of the partitions of the selected pipelines, as far as they failed.
  private func selected(_ work: AskedRuns, _ reader: StateReader) throws(CommandFailure) -> [RunSummary] {
    let context = work.context
    let nodes = try work.declared.nodes(words, reader: reader)
    let names = work.declared.graph.pipelines(of: nodes).map { work.declared.graph.pipelines[$0].name }
    let begin = try sinceMoment(context.clock.now)
    let runs = try failed(of: names, since: begin, context, reader)
    guard !runs.isEmpty else { throw nothing }
    try check(runs, context)
    if runs.count > 1, !yes {
      let what = Counted.text(runs.count, "run")
      guard context.input.isTerminal, context.err.isTerminal else {
        throw .usage("nobody can be asked here whether to retry \(what)", help: "add --yes")
      }
      guard context.confirms("\(what) failed. Retry?") else {
        throw .usage("not confirmed; nothing was started")
      }
    }
    return runs.sorted { $0.id < $1.id }
  }

  /// So many runs are retried at once: their numbers go to the owner of the state as one request.
  static let most = 50_000

  /// The latest runs of partitions that failed, the latest first, page by page so that no reading is long.
  private func failed(
    of names: [PipelineName], since begin: Instant?, _ context: Context, _ reader: StateReader
  ) throws(CommandFailure) -> [RunSummary] {
    var found: [RunSummary] = []
    var before: RunID?
    repeat {
      let filter = RunFilter(pipelines: names, states: [.failed], before: before, limit: 1000)
      let (runs, next) = try context.reading(reader) { reader in
        let page = try reader.runs(filter)
        let latest = try page.runs.filter { run in
          guard begin.map({ run.createdAt >= $0 }) ?? true else { return false }
          return try reader.currentRun(of: run.pipeline, partition: run.partition?.key)?.id == run.id
        }
        return (latest, page.next)
      }
      found += runs
      before = next
      guard found.count <= Self.most else {
        throw .usage(
          "more than \(Counted.grouped(Self.most)) runs of '\(words)' failed",
          help: "retry them in parts: select fewer pipelines, or add --since")
      }
    } while before != nil
    return found
  }

  private var nothing: CommandFailure {
    .notFound("nothing of '\(words)' has failed", help: "see what has: heddle runs status:failed")
  }

  private func sinceMoment(_ now: Instant) throws(CommandFailure) -> Instant? {
    guard let since else { return nil }
    if let span = Duration(declared: since) { return now - span }
    guard let moment = Instant(since, in: .utc) else {
      throw .usage(
        "'\(since)' is neither a moment nor a span", help: "write 12h, 2013-01-31 or 2013-01-31T06:00:00Z")
    }
    return moment
  }

  /// Whose files the new runs use: asked for where they differ.
  private func files(of runs: [RunSummary], _ work: AskedRuns) throws(CommandFailure) -> RetryWish.Files {
    if let files { return files }
    var changed: Set<String> = []
    for run in runs {
      let state = work.project.state
      changed.formUnion(work.declared.changes(of: run.pipeline, since: run.release, in: state) ?? [])
    }
    guard !changed.isEmpty else { return .latest }
    let context = work.context
    let list = changed.sorted().prefix(10).joined(separator: ", ")
    context.remark("changed since: \(list)\(changed.count > 10 ? " and \(changed.count - 10) more" : "")")
    guard context.input.isTerminal, context.err.isTerminal else {
      throw .usage(
        "the files have changed since, and nobody can be asked here which to use",
        help: "add --latest for the files as they are now, or --kept for those that the run used")
    }
    return context.confirms("Use the files as they are now?") ? .latest : .kept
  }
}
