/// The page that `man heddle` shows, made from the table of commands.
enum ManualPage {
  static var text: String {
    var page = """
      .TH HEDDLE 1 "" "heddle \(VersionCommand.version)" "User Commands"
      .SH NAME
      heddle \\- run what the files of a data mesh declare
      .SH SYNOPSIS
      .B heddle
      .I COMMAND
      .RI [ OPTION ]...\\&
      .RI [ OPERAND ]...

      """
    page += section("DESCRIPTION", HelpText.overview)
    page += ".SH COMMANDS\n"
    for command in CommandTable.all.map({ $0.description }) {
      page += ".SS heddle \(command.name)\n" + verbatim(command.help)
    }
    page += section(
      "ENVIRONMENT",
      """
      HEDDLE_STATE   where the project's state is, unless --state says so
      HEDDLE_ENV     the environment, unless --env names one
      NO_COLOR       no colours
      NOTIFY_SOCKET  where 'heddle serve' says how it gets on: systemd's
      WATCHDOG_USEC  how often it does
      TMPDIR         where a test or a preview works that has no room in memory
      """)
    page += section(
      "FILES",
      """
      dags/              the declarations, a folder for each domain
      .heddle/           the state: heddle.db, stores/, releases/, logs/, secrets/
      .heddle/secrets/   one file for each secret, readable by its owner only
      """)
    return page
  }

  private static func section(_ title: String, _ text: String) -> String {
    ".SH \(title)\n" + verbatim(text)
  }

  /// Lines as they stand; none of them is taken for a request.
  private static func verbatim(_ text: String) -> String {
    var page = ".nf\n"
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let escaped = line.map { $0 == "\\" ? "\\e" : $0 == "-" ? "\\-" : String($0) }.joined()
      page += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + escaped + "\n"
    }
    return page + ".fi\n"
  }
}
