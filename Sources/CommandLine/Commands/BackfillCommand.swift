import Planning

/// `heddle backfill SELECTOR --from KEY --to KEY`.
struct BackfillCommand: Command {
  static let description = CommandDescription(
    name: "backfill", summary: "make the partitions of a range that are missing",
    operands: [.required("SELECTOR", words: .names(.selectors))],
    options: [
      .value("from", "KEY"), .value("to", "KEY"),
      .value("mode", "MODE", words: .choices(BackfillRequest.Mode.allCases.map(\.rawValue))),
      .flag("upstream"), .flag("downstream"), .value("exclude", "SELECTOR", words: .names(.selectors)),
      .flag("external"), .value("param", "NAME=VALUE", repeats: true), .value("max-active", "N"),
      .value("workers", "N"), .flag("plan"), .flag("yes"), .value("overwrite", "N"),
    ],
    help: """
      heddle backfill: make the partitions of a range that are missing

      Examples:
        heddle backfill operations/departures --from 2013-01-01 --to 2013-01-31 --plan
        heddle backfill 'insights/*' --upstream --from 2013-01-01 --to 2013-01-31 --yes
        heddle backfill operations/departures --from 2013-01-05 --to 2013-01-05 --mode all --overwrite 1

      Usage: heddle backfill SELECTOR [--from KEY --to KEY] [OPTION]...

      Shows its plan and asks before it starts. Both ends belong to the range; of pipelines with other
      partitions it takes those that lie wholly within it. Ctrl-C cancels cleanly, a second Ctrl-C at once;
      the same command then does the rest.

      Options:
        --from KEY          the first partition; without a range only what has no partitions is made
        --to KEY            the last partition
        --mode MODE         missing (default), failed, missing+failed, or all
        --upstream          also what the selected pipelines need
        --downstream        also what needs them
        --exclude SELECTOR  leave these out
        --external          also tasks with effects outside
        --param NAME=VALUE  set a param; may be given more than once
        --max-active N      at most N runs at once
        --workers N         at most N tasks at once; default: twice the number of processors
        --plan              print the plan, and start nothing
        --yes               do not ask
        --overwrite N       with '--mode all': how many good partitions are replaced; '--yes' does not cover it

      Exit codes: 0 done, or nothing to do, 1 a run failed, 2 not confirmed, 3 nothing has that name,
      4 errors in the declarations, 9 somebody else has the state or '--overwrite' is wrong, 130 interrupted

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
  var params: ParameterList
  var maxActive: Int?
  var workers: Int?
  var planOnly: Bool
  var yes: Bool
  var overwrite: Int?

  init(_ arguments: Arguments) throws(CommandFailure) {
    selector = try arguments.required(0)
    range = try BackfillCommand.range(arguments)
    mode = try arguments.choice("mode", of: BackfillRequest.Mode.self) ?? .missing
    upstream = arguments.has("upstream")
    downstream = arguments.has("downstream")
    exclude = arguments.value("exclude")
    external = arguments.has("external")
    params = try ParameterList(arguments)
    maxActive = try arguments.integer("max-active", in: 1...100_000)
    workers = try arguments.integer("workers", in: 1...1024)
    planOnly = arguments.has("plan")
    yes = arguments.has("yes")
    overwrite = try arguments.integer("overwrite", in: 0...Int.max)
    if planOnly, yes {
      throw .usage("'--plan' starts nothing, so there is nothing to say yes to", help: "give one of them")
    }
    if overwrite != nil, mode != .all {
      throw .usage("only '--mode all' replaces good partitions", help: "add --mode all, or drop --overwrite")
    }
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle backfill' is not there yet")
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
