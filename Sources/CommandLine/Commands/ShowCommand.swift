/// `heddle show NAME`.
struct ShowCommand: Command {
  static let description = CommandDescription(
    name: "show", summary: "show one run, backfill, pipeline, task, dataset or domain",
    operands: [.required("NAME", words: .names(.pipelines))], options: [],
    help: """
      heddle show: show one run, backfill, pipeline, task, dataset or domain

      Examples:
        heddle show 412                                 a run and its tasks
        heddle show operations/departures@2013-01-05    the latest run of a partition
        heddle show b12                                 a backfill
        heddle show operations/departures               a pipeline
        heddle show operations/departures.clean         a task
        heddle show operations.flights                  a dataset
        heddle show operations.flights@2013-01-05       a partition of a dataset
        heddle show operations                          a domain

      Usage: heddle show NAME

      Exit codes: 0 told, 3 nothing has that name, 4 the declarations cannot be read

      \(HelpText.options)
      """)

  var name: String
  var reference: Reference

  init(_ arguments: Arguments) throws(CommandFailure) {
    name = try arguments.required(0)
    guard let reference = Reference(name) else {
      throw .usage(
        "'\(name)' is no name of anything", help: "write 412, b12, domain/pipeline, domain.dataset or domain")
    }
    self.reference = reference
  }

  func run(_ context: Context) throws(CommandFailure) -> ExitCode {
    throw CommandFailure(.failed, "'heddle show' is not there yet")
  }
}
