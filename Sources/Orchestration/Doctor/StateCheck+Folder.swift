import Basics
import Execution
import Glibc
import MeshModel
import Records

/// Checks of what lies around the state file.
extension StateCheck {
  /// Below this nothing new should be started.
  private static let leastSpace: Int64 = 200 << 20

  static let permissions = StateCheck(
    name: "permissions", sentence: "only the state's owner can read it"
  ) { patient in
    let state = patient.state
    let secrets = FileTree.entries(of: state.secrets).map { state.secrets + "/" + $0 }
    let files = [state.database, state.database + "-wal", state.database + "-shm", state.lock] + secrets
    return [state.root, state.secrets].compactMap { openness(of: $0, wanted: 0o700) }
      + files.compactMap { openness(of: $0, wanted: 0o600) }
  }

  private static func openness(of path: String, wanted: mode_t) -> Finding? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    if status.st_uid != geteuid() {
      return Finding(
        "permissions", "'\(path)' belongs to another user (\(status.st_uid))",
        help: "chown \(geteuid()) '\(path)'")
    }
    guard status.st_mode & 0o077 != 0 else { return nil }
    return Finding(
      "permissions", "'\(path)' is open to others (mode \(String(status.st_mode & 0o7777, radix: 8)))",
      help: "chmod \(String(wanted, radix: 8)) '\(path)'")
  }

  static let space = StateCheck(name: "space", sentence: "there is free space for what is written") {
    patient in
    var status = statvfs()
    guard statvfs(patient.state.root, &status) == 0 else { return [] }
    let free = Int64(clamping: UInt64(status.f_bavail).multipliedFullWidth(by: UInt64(status.f_frsize)).low)
    var found: [Finding] = []
    if free < leastSpace {
      found.append(
        Finding(
          "space", "\(free >> 20) MiB are free where '\(patient.state.root)' lies",
          help: "make room, or have old runs removed: heddle maintain"))
    }
    if status.f_files > 0, status.f_favail < 1000 {
      found.append(
        Finding(
          "space", "only \(status.f_favail) more files fit where '\(patient.state.root)' lies",
          help: "make room, or have old logs removed: heddle maintain"))
    }
    return found
  }

  static let clock = StateCheck(
    name: "clock", sentence: "the clock does not stand before the newest event"
  ) { patient in
    guard let newest = try patient.reader?.facts().newestEvent else { return [] }
    let now = patient.clock.now
    guard newest > now + .seconds(5) else { return [] }
    return [
      Finding(
        "clock", "the newest event is of \(newest.rfc3339), and the clock says \(now.rfc3339)",
        help: "set the clock; what is recorded stays in its order whatever the clock says")
    ]
  }

  static let leftovers = StateCheck(
    name: "leftovers", sentence: "nothing lives that no owner looks after"
  ) { patient in
    guard patient.owner == nil, patient.state.currentOwner == nil else { return [] }
    var found: [Finding] = []
    if access(patient.state.socket, F_OK) == 0 {
      found.append(
        Finding(
          "leftovers", "'\(patient.state.socket)' is there, and nobody owns the state",
          help: "the next owner replaces it", level: .remark))
    }
    let keepers = KeeperCensus(of: patient.state)
    if !keepers.alive.isEmpty {
      found.append(
        Finding(
          "leftovers", "tasks may be running that no owner looks after: their keeper lives",
          help: "the next owner goes on with them: heddle serve, or heddle run", level: .remark))
    }
    return found
  }

  static let releases = StateCheck(
    name: "releases", law: 17, sentence: "what is unfinished has the copy of its release"
  ) { patient in
    guard let reader = patient.reader else { return [] }
    let needed = Set(try reader.recoveredState().runs.map(\.record.release))
    return needed.sorted().filter { !ReleaseFolder($0, in: patient.state).exists }.map { release in
      Finding(
        "releases", law: 17,
        "unfinished runs are of release \(release), whose copy "
          + "'\(ReleaseFolder(release, in: patient.state).path)' is gone",
        help: "put that folder back from a backup")
    }
  }
}
