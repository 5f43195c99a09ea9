import CSQLite

/// A call to the disk that changes what is on it, or may fail for a reason of its own.
public enum DiskCall: Int, Sendable, CaseIterable {
  case open, read, write, truncate, sync, delete
  /// A lock that others might hold.
  case lock

  /// It changes what a crash leaves, so the power may fail in it.
  public var isMutation: Bool {
    switch self {
    case .write, .truncate, .sync, .delete: true
    case .open, .read, .lock: false
    }
  }
}

/// What a file of a database is for.
public enum DiskRole: Sendable, CaseIterable {
  case database, log, journal, other

  init(openFlags flags: Int32) {
    if flags & SQLITE_OPEN_MAIN_DB != 0 {
      self = .database
    } else if flags & SQLITE_OPEN_WAL != 0 {
      self = .log
    } else if flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL) != 0 {
      self = .journal
    } else {
      self = .other
    }
  }
}

/// That calls of a kind fail.
public struct DiskFault: Sendable {
  /// Which calls; all of them count.
  public var calls: Set<DiskCall>
  /// In which files; nil: in all.
  public var role: DiskRole?
  /// The first call that fails, counted from 1 when the fault is put in.
  public var first: Int
  /// SQLite's code for what went wrong.
  public var code: Int32
  /// All calls fail from the first on, until the fault is taken out; else only that one.
  public var isLasting: Bool

  public init(
    _ calls: Set<DiskCall>, role: DiskRole? = nil, first: Int = 1, code: Int32, isLasting: Bool = false
  ) {
    self.calls = calls
    self.role = role
    self.first = first
    self.code = code
    self.isLasting = isLasting
  }

  /// There is no room left: what makes a file longer, or would be written, is refused.
  public static func full(first: Int = 1) -> DiskFault {
    DiskFault([.write], first: first, code: SQLITE_FULL, isLasting: true)
  }
  /// One write, or all from there on, fails with an input/output error.
  public static func brokenWrite(first: Int = 1, isLasting: Bool = false) -> DiskFault {
    DiskFault([.write], first: first, code: Int32(SQLITE_IOERR) | 3 << 8, isLasting: isLasting)
  }
  /// One fsync, or all from there on, fails; what it should have made durable never will be by a later one.
  public static func brokenSync(first: Int = 1, isLasting: Bool = false) -> DiskFault {
    DiskFault([.sync], first: first, code: Int32(SQLITE_IOERR) | 4 << 8, isLasting: isLasting)
  }
  /// Somebody else holds every lock.
  public static func busy(first: Int = 1, isLasting: Bool = true) -> DiskFault {
    DiskFault([.lock], first: first, code: SQLITE_BUSY, isLasting: isLasting)
  }
}

/// What of the writes that were not synced a crash leaves.
public enum Survival: String, Sendable, CaseIterable {
  /// Nothing: the disk had not begun with them.
  case nothing
  /// All: the process died and the machine did not.
  case everything
  /// Some writes, truncations, new and deleted names and not others, so also later ones without earlier ones.
  case part
  /// As `part`, and of some writes only some sectors.
  case torn
}
