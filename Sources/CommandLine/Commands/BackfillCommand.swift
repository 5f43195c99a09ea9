import Basics
import Lineage
import MeshModel
import Orchestration
import Planning
import Records

/// `heddle backfill SELECTOR --from KEY --to KEY`.
struct BackfillCommand: Command {
  static let description = CommandDescription(
    name: "backfill", summary: "make the partitions of a range that are missing",
    operands: [.optional("SELECTOR", words: .names(.selectors))],
    options: [
      .value("from", "KEY"), .value("to", "KEY"),
      .value("mode", "MODE", words: .choices(BackfillRequest.Mode.allCases.map(\.rawValue))),
      .flag("upstream"), .flag("downstream"), .value("exclude", "SELECTOR", words: .names(.selectors)),
      .flag("external"), .flag("backwards"), .value("param", "NAME=VALUE", repeats: true),
      .value("max-active", "N"),
      .value("workers", "N"), .flag("plan"), .value("apply", "ID"), .flag("yes"), .value("overwrite", "N"),
      .flag("detach"),
      .flag("local"),
    ],
    help: """
      heddle backfill: make the partitions of a range that are missing

      Examples:
        heddle backfill operations/departures --from 2013-01-01 --to 2013-01-31 --plan
        heddle backfill 'insights/*' --upstream --from 2013-01-01 --to 2013-01-31 --yes
        heddle backfill operations/departures --from 2013-01-05 --to 2013-01-05 --mode all --overwrite 1

      Usage: heddle backfill SELECTOR [--from KEY --to KEY] [OPTION]...
             heddle backfill --apply ID [--overwrite N] [--workers N] [--detach | --local]

      Shows its plan and asks before it starts. Both ends belong to the range; of pipelines with other
      partitions it takes those that lie wholly within it. Where a daemon (heddle serve) or another command
      owns the state, that process makes the runs, and Ctrl-C only stops the following. Otherwise this process
      does: Ctrl-C then cancels cleanly, a second Ctrl-C at once, and the same command then does the rest.

      Options:
        --from KEY          the first partition; without a range only what has no partitions is made
        --to KEY            the last partition
        --mode MODE         missing (default), failed, missing+failed, stale, or all; with stale the range may
                            be left out: all that are
        --upstream          also what the selected pipelines need
        --downstream        also what needs them
        --exclude SELECTOR  leave these out
        --external          also tasks with effects outside
        --backwards         the newest partitions first, as far as nothing of the plan reads them
        --param NAME=VALUE  set a param; may be given more than once
        --max-active N      at most N runs at once
        --workers N         run at most N tasks at once, when this process runs them; default: twice the number
                            of processors
        --plan              print the plan, keep it under an id such as bp-19, and start nothing
        --apply ID          do what that plan says, exactly, without asking; where the state has moved since,
                            show the difference and do nothing (exit 9). Plans go when runs of their age do
        --yes               do not ask
        --overwrite N       with '--mode all': how many good partitions are replaced; '--yes' does not cover it
        --detach            let the daemon make them, and do not follow them
        --local             make them in this process, also where a daemon used to

      Exit codes: 0 done, or nothing to do, 1 a run failed, 2 not confirmed, 3 nothing has that name,
      4 errors in the declarations, 6 no daemon, or it went away, 9 somebody else has the state, the plan is
      stale or '--overwrite' is wrong, 130 interrupted

      \(HelpText.options)
      """)

  var selector: String
  /// The first and the last partition; nil where nothing selected has partitions.
  var range: (from: String, to: String)?
  var mode: BackfillRequest.Mode
  var upstream: Bool
  var downstream: Bool
  var exclude: String?
  var external: Bool
  var backwards: Bool
  var params: ParameterList
  var maxActive: Int?
  var workers: Int?
  var planOnly: Bool
  /// The id of a plan that was kept.
  var apply: String?
  /// That plan, once it is read: the other members are as it has them.
  var kept: KeptPlan?
  var yes: Bool
  var overwrite: Int?
  var detach: Bool
  var local: Bool

  init(_ arguments: Arguments) throws(CommandFailure) {
    apply = arguments.value("apply")
    selector = arguments.operand(0) ?? ""
    range = try BackfillCommand.range(arguments)
    mode = try arguments.choice("mode", of: BackfillRequest.Mode.self) ?? .missing
    upstream = arguments.has("upstream")
    downstream = arguments.has("downstream")
    exclude = arguments.value("exclude")
    external = arguments.has("external")
    backwards = arguments.has("backwards")
    params = try ParameterList(arguments)
    maxActive = try arguments.integer("max-active", in: 1...100_000)
    workers = try arguments.integer("workers", in: 1...1024)
    planOnly = arguments.has("plan")
    yes = arguments.has("yes")
    overwrite = try arguments.integer("overwrite", in: 0...Int.max)
    (detach, local) = try arguments.whereabouts("makes them")
    try checkApply(arguments)
    if planOnly, yes {
      throw .usage("'--plan' starts nothing, so there is nothing to say yes to", help: "give one of them")
    }
    if overwrite != nil, mode != .all, apply == nil {
      throw .usage("only '--mode all' replaces good partitions", help: "add --mode all, or drop --overwrite")
    }
  }

  /// A plan says itself what it makes.
  private func checkApply(_ arguments: Arguments) throws(CommandFailure) {
    guard apply != nil else {
      guard !selector.isEmpty else {
        throw .usage("'heddle backfill' needs SELECTOR", help: "see: heddle help backfill")
      }
      return
    }
    let named = [
      "from", "to", "mode", "upstream", "downstream", "exclude", "external", "backwards", "param",
      "max-active",
      "plan",
    ].first(where: arguments.has)
    guard let given = named.map({ "'--\($0)'" }) ?? arguments.operand(0).map({ "'\($0)'" }) else { return }
    throw .usage("a plan that is applied says itself what it makes, so \(given) has no place", help: nil)
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    let project = try context.project()
    guard let apply, kept == nil else { return try run(context, project) }
    let plan: KeptPlan
    do { plan = try KeptPlan(id: apply, in: project.state) } catch { throw CommandFailure(error) }
    return try applying(plan).run(context, project)
  }

  /// The command that asks for what a plan was made for.
  private func applying(_ plan: KeptPlan) -> BackfillCommand {
    var command = self
    command.kept = plan
    command.selector = plan.asked.selector
    if let from = plan.asked.from, let to = plan.asked.to { command.range = (from, to) }
    command.mode = plan.asked.mode
    command.upstream = plan.asked.upstream
    command.downstream = plan.asked.downstream
    command.exclude = plan.asked.exclude
    command.external = plan.asked.external
    command.backwards = plan.asked.backwards
    command.maxActive = plan.asked.maxActive
    command.params = ParameterList(plan.asked.params)
    command.yes = true
    return command
  }

  private func run(_ context: Context, _ project: Project) throws(CommandFailure) -> ExitCode {
    let declared = project.declared
    let request = try request(declared, context, project)
    if planOnly {
      let view = try plan(request, declared, context, project, try context.ownerLink(project)) {
        () throws(SessionError) in
        try PlanningView(project: declared, state: project.state, clock: context.clock)
      }
      show(view, try keep(view, declared, context, project), context)
      return .success
    }
    if detach, try context.ownerLink(project) == nil { throw .nobodyToDetachTo }
    switch try context.hold(declared, project, isLocal: local, runs: true) {
    case .ours(let work): return try runHere(work, context)
    case .theirs(let link):
      return try runThere(try FollowedWork(link, declared, context, project))
    }
  }

  private func runHere(
    _ work: ForegroundWork, _ context: Context
  ) throws(CommandFailure) -> ExitCode {
    try work.finishUnfinished(workers: workers)
    // With what it keeps of earlier releases its graph may be another one than that of the files.
    let declared = work.owner.project
    let request = try self.request(declared, context, work.project)
    let view = try plan(request, declared, context, work.project, nil) { () throws(SessionError) in
      try work.owner.planning()
    }
    try checkKept(view, declared, context)
    guard !view.plan.items.isEmpty else {
      showNothing(view, context)
      return .success
    }
    try confirm(view, context)
    let order: BackfillOrder
    do {
      order = try work.owner.planning().order(
        view.plan, words: asked.words, params: params.values, maxActive: maxActive)
    } catch { throw CommandFailure(error) }
    let outcome = try work.follow(.backfill(order), workers: workers)
    report(outcome, view, context)
    return outcome.exitCode
  }

  /// The owner plans anew: what differs from the plan that is shown here is not made.
  private func runThere(_ work: FollowedWork) throws(CommandFailure) -> ExitCode {
    let (context, declared) = (work.context, work.declared)
    let request = try request(declared, context, work.project)
    let view = try plan(request, declared, context, work.project, work.link) { () throws(SessionError) in
      try PlanningView(project: declared, state: work.project.state, clock: context.clock)
    }
    try checkKept(view, declared, context)
    guard !view.plan.items.isEmpty else {
      showNothing(view, context)
      return .success
    }
    try confirm(view, context)
    var asked = asked
    asked.plan = view.plan.digest(in: declared.graph)
    // The owner makes this plan or none.
    let accepted = try work.ask(.backfill(asked), of: Set(view.plan.items.map(\.pipeline.domain)))
    if detach {
      accepted.tellDetached("backfill", isInterrupted: false, context)
      return .success
    }
    context.remark("\(accepted.name) in \(work.link.name); Ctrl-C leaves it running")
    switch try work.follow(accepted) {
    case .final(let outcome):
      report(outcome, view, context)
      return outcome.exitCode
    case .detached:
      accepted.tellDetached("backfill", isInterrupted: true, context)
      return .interrupted
    }
  }

  private func request(
    _ declared: CheckedProject, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> BackfillRequest {
    let reader = try context.record(project, changes: !planOnly)
    do { return try declared.request(for: asked, reader: reader) } catch { throw CommandFailure(error) }
  }

  /// What is asked for; the digest of the plan is not known yet.
  private var asked: ControlBackfill {
    var asked = ControlBackfill(selector: selector, mode: mode, words: "", plan: "")
    asked.from = range?.from
    asked.to = range?.to
    asked.upstream = upstream
    asked.downstream = downstream
    asked.exclude = exclude
    asked.external = external
    asked.backwards = backwards
    asked.maxActive = maxActive
    asked.params = params.values
    asked.words = asked.commandWords(showsValues: true).map(ShellWord.quoted).joined(separator: " ")
    return asked
  }

  /// - Parameter owner: whoever will make it; nil: this process.
  private func plan(
    _ request: BackfillRequest, _ declared: CheckedProject, _ context: Context, _ project: Project,
    _ owner: OwnerLink?, with planning: () throws(SessionError) -> PlanningView
  ) throws(CommandFailure) -> PlanView {
    let reader = try context.record(project)
    let sees = { (pipeline: PipelineName) in context.caller?.sees(pipeline.domain) ?? true }
    let world: PlanningView
    let plan: BackfillPlan
    var conflicts: [PlanConflict] = []
    do {
      world = try planning()
      plan = try world.plan(request)
      if planOnly || !yes { conflicts = try world.conflicts(plan) }
    } catch { throw CommandFailure(error) }
    var view = PlanView(plan: try context.caller?.shown(plan) ?? plan, graph: declared.graph)
    view.conflicts = conflicts.filter { sees($0.pipeline) }
    view.isTold = sees
    try params.check(against: view.plan.items.map { declared.graph.pipelines[$0.pipelineIndex] })
    // A plan that cannot be made yet, for a param has no value, can be looked at all the same.
    guard planOnly || !yes, !view.plan.items.isEmpty,
      let order = try? world.order(view.plan, words: "", params: params.values, maxActive: maxActive)
    else { return view }
    let forecaster = Forecaster(
      project: declared, state: project.state, reader: reader, clock: context.clock,
      workers: owner?.workers ?? workers ?? ForegroundWork.suitableWorkers)
    do {
      view.estimate = try forecaster.estimate(
        order, firesSchedules: owner?.isDaemon ?? false,
        most: context.caller == nil ? ForecastBounds() : .ofPlanForOthers)
    } catch {
      context.remark(TerminalText.clean("how long it takes cannot be told: \(error.message)"))
    }
    return view
  }

  /// Keeps the plan under an id; one that does nothing need not be kept.
  private func keep(
    _ view: PlanView, _ declared: CheckedProject, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> KeptPlan? {
    // Who may not carry it out keeps nothing on somebody else's disk; a kept plan may be of any domain.
    guard !view.plan.items.isEmpty, context.caller.map({ $0.mayChange && $0.seesAllDomains }) ?? true else {
      return nil
    }
    var asked = asked
    asked.plan = view.plan.digest(in: declared.graph)
    do {
      return try KeptPlan.keep(
        view.plan, asked: asked, of: declared, in: project.state, at: context.clock.now)
    } catch {
      // Who may only read sees it all the same.
      context.remark(TerminalText.clean(error.message))
      return nil
    }
  }

  /// What was shown is done, or nothing.
  private func checkKept(
    _ view: PlanView, _ declared: CheckedProject, _ context: Context
  ) throws(CommandFailure) {
    guard let kept else { return }
    let differences = kept.differences(from: view.plan, of: declared)
    guard !differences.isEmpty else { return }
    for line in differences.prefix(20) { context.remark(TerminalText.clean(line)) }
    if differences.count > 20 {
      context.remark("and \(Counted.text(differences.count - 20, "difference")) more")
    }
    throw CommandFailure(
      .conflict, "the state has moved since plan '\(kept.id)' was made; nothing was started",
      help: "see what it would be now: heddle \(asked.words) --plan")
  }

  private func show(_ view: PlanView, _ kept: KeptPlan?, _ context: Context) {
    if context.settings.json {
      return context.json("backfill") { writer in
        writer.key("id")
        writer.string(kept?.id)
        view.write(to: &writer)
      }
    }
    if !view.plan.items.isEmpty { view.table.write(to: context.out) }
    context.out.flush()
    for line in view.remarks { context.remark(TerminalText.clean(line)) }
    context.remark(view.summary)
    guard let kept else { return }
    let overwrite = kept.replacements > 0 ? " --overwrite \(kept.replacements)" : ""
    context.remark(
      "plan \(kept.id), good while the state is as it is: heddle backfill --apply \(kept.id)\(overwrite)")
  }

  private func showNothing(_ view: PlanView, _ context: Context) {
    if context.settings.json {
      return context.json("backfill") { writer in
        writer.key("backfill")
        writer.null()
        writer.key("state")
        writer.string("nothing_to_do")
        view.write(to: &writer)
      }
    }
    for line in view.remarks { context.remark(TerminalText.clean(line)) }
    if !context.settings.quiet { context.out.line(view.summary) }
  }

  /// Goes on only when what the plan does was agreed to.
  private func confirm(_ view: PlanView, _ context: Context) throws(CommandFailure) {
    let replaced = view.plan.replacements
    if replaced != overwrite ?? 0 {
      throw CommandFailure(
        .conflict, "the plan replaces \(Counted.text(replaced, "good partition"))",
        help: replaced == 0
          ? "leave --overwrite out"
          : "if that is meant, add --overwrite \(replaced); see it first with --plan")
    }
    if yes { return context.remark(view.summary) }
    guard context.input.isTerminal, context.err.isTerminal else {
      throw .usage(
        "nobody can be asked here whether to start \(Counted.text(view.plan.items.count, "run"))",
        help: "add --yes, or see the plan with --plan")
    }
    view.table.write(to: context.err)
    for line in view.remarks { context.err.line(TerminalText.clean(line)) }
    guard context.confirms(view.summary + ". Start?") else {
      throw .usage("not confirmed; nothing was started")
    }
  }

  private func report(_ outcome: WorkOutcome, _ view: PlanView, _ context: Context) {
    let name = outcome.backfill.map { "b\($0)" }
    if context.settings.json {
      context.json("backfill") { writer in
        writer.key("backfill")
        writer.string(name)
        outcome.write(to: &writer)
        writer.key("runs")
        writer.array { writer in
          for run in outcome.ended {
            writer.object { writer in
              writer.key("id")
              writer.integer(run.run)
              writer.key("name")
              writer.string(run.name)
              writer.key("state")
              writer.string(run.state.rawValue)
            }
          }
        }
        view.write(to: &writer)
      }
    } else if context.settings.quiet {
      context.out.line(name ?? "")
    } else {
      outcome.conclude("backfill \(name ?? "")", runs: outcome.runs.count, context)
    }
  }

  private static func range(_ arguments: Arguments) throws(CommandFailure) -> (from: String, to: String)? {
    let ends = [arguments.value("from"), arguments.value("to")]
    guard ends[0] != nil || ends[1] != nil else { return nil }
    guard let from = ends[0], !from.isEmpty else { throw missing("from") }
    guard let to = ends[1], !to.isEmpty else { throw missing("to") }
    return (from, to)
  }

  private static func missing(_ end: String) -> CommandFailure {
    .usage("'heddle backfill' needs --\(end) too", help: "name a partition, such as --\(end) 2013-01-31")
  }
}
