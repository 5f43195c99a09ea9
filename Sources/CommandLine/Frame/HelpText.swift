/// The parts of help that belong to no command.
enum HelpText {
  /// Ends the page of each command that another machine's daemon can carry out.
  static let options = """
    Every command takes: --json --quiet --no-color --state DIR --project DIR --env NAME --server URL
    --token-file FILE --help (see: heddle help)
    """

  /// Ends the page of each command that works only where the files and the state are.
  static let localOptions = """
    Every command takes: --json --quiet --no-color --state DIR --project DIR --env NAME --help
    (see: heddle help). It works only on the machine of the state, not by --server.
    """

  /// What `heddle help` prints.
  static var overview: String {
    var lines = [
      "heddle: runs what the files of a data mesh declare",
      "",
      "Examples:",
      "  heddle init demo                       a small mesh that runs at once",
      "  heddle check                           every mistake, with its place and its cure",
      "  heddle run shop/orders                 one pipeline, here and now",
      "  heddle backfill 'reports/*' --upstream --from 2025-01-01 --to 2025-01-31 --plan",
      "",
      "Usage: heddle COMMAND [OPTION]... [OPERAND]...",
    ]
    for group in CommandTable.groups {
      lines.append("")
      lines.append(group.title + ":")
      for command in group.commands {
        let name = command.description.name
        let space = String(repeating: " ", count: max(1, 12 - name.count))
        lines.append("  \(name)\(space)\(command.description.summary)")
      }
    }
    lines.append("")
    lines.append(common)
    return lines.joined(separator: "\n")
  }

  private static let common = """
    Options of every command, before or after its name:
      --json         print one JSON object with a 'schema'; a problem is an object on standard error
      --quiet        print identities only, and no remarks
      --no-color     no colours; NO_COLOR and TERM=dumb say the same
      --state DIR    where the project's state is; default: $HEDDLE_STATE, else .heddle in the project
      --project DIR  the folder that holds 'dags'; default: the nearest one upward
      --env NAME     an environment, of dags/NAME.env.yaml, with a state of its own; default: $HEDDLE_ENV
      --server URL   have the command carried out by the daemon of another machine; with --token-file.
                     Not for what works on files of this one: each command's help says whether it can
      --token-file FILE  holds the token that is shown there; open to its owner only
      --help, -h     how the command is used

    Data goes to standard output, everything else to standard error. On a terminal tables are aligned;
    in a pipe their columns are separated by tabs, without headings. '--' ends the options.

    Pipelines are written domain/name, tasks domain/pipeline.task, datasets domain.name, runs as numbers.
    Selectors: 'operations/*', '+x' with upstream, 'x+' with downstream, '2+x+1', 'domain:' 'owner:' 'tag:'
    'status:'; a space means or, a comma means and.

    Exit codes: 0 ok, 1 a run or check failed, 2 usage, 3 not found, 4 invalid declarations, 5 denied by
    policy, 6 no daemon, 7 timed out, 8 changes pending, 9 stale plan or conflict, 130 interrupted
    """
}
