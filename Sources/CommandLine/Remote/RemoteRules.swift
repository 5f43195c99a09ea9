/// Which commands somebody on another machine may have carried out where the state is.
enum RemoteRules {
  /// Those that show what the record knows.
  static let reading: Set<String> = [
    "status", "runs", "show", "logs", "explain", "schedule", "lineage", "graph", "forecast", "alerts",
    "pools", "version",
  ]
  /// Those that show who changed what and who may, or where everything is.
  static let administering: Set<String> = ["audit", "token", "doctor"]
  /// Those that ask the owner of the state to do something, and show nothing of others.
  static let changing: Set<String> = [
    "run", "retry", "cancel", "pause", "resume", "mark", "approve", "accept",
  ]
  /// Those that do both.
  static let both: Set<String> = ["backfill", "deploy"]
  static let all = reading.union(administering).union(changing).union(both)
  /// Those that are about one thing, and so about its domain.
  static let ofOneThing: Set<String> = changing.union(["logs", "show", "explain", "backfill"])

  /// Whether a command goes on for as long as what it follows.
  static func follows(_ arguments: Arguments) -> Bool {
    switch arguments.command.name {
    case "logs": arguments.has("follow")
    case "run", "retry", "backfill": !arguments.has("detach") && !arguments.has("plan")
    default: false
    }
  }

  /// Why a command cannot be carried out there; nil: it can.
  static func complaint(about arguments: Arguments) -> CommandFailure? {
    let name = arguments.command.name
    guard all.contains(name) else {
      return .usage(
        "'heddle \(name)' works only on the machine of the state", help: "call it there, without --server")
    }
    for option in ["state", "project", "env"] where arguments.settings.names(option) {
      return .usage("--\(option) names a folder of this machine, and --server another machine's state")
    }
    if arguments.value("release") != nil {
      return .usage("--release names a folder of this machine", help: "foresee changes where the files are")
    }
    for option in ["local", "preview"] where arguments.has(option) {
      return .usage(
        "--\(option) works only on the machine of the state", help: "leave it out, or call it there")
    }
    return nil
  }
}

extension Context.Settings {
  fileprivate func names(_ option: String) -> Bool {
    switch option {
    case "state": state != nil
    case "project": project != nil
    case "env": environment != nil
    default: false
    }
  }
}
