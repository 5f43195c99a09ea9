import CrashDisk

/// No secret's bytes are in the state file.
enum Law21 {
  static func check(_ disk: CrashDisk, _ secret: String, _ court: Court) {
    guard disk.holds(secret) else { return }
    court.violations.append((21, "a secret's bytes are in the state file"))
  }
}
