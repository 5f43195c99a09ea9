import Basics
import CSQLite
import Glibc
import SQLite

/// A disk in memory that SQLite writes to as to any other, and that loses power, tears, reorders and refuses
/// when a test says so.
///
/// It is registered with SQLite as a VFS of its own (https://www.sqlite.org/vfs.html) for as long as it
/// lives. Each file keeps what is durable and what was written since; only `xSync` makes the one of the
/// other, and names are durable once a new log or journal was synced or the folder was. Used by one thread
/// at a time.
public final class CrashDisk {
  /// What SQLite calls the disk.
  public let name: String
  /// How often each call was made since the disk was made, by its number.
  private var calls = Array(repeating: 0, count: DiskCall.allCases.count)
  /// Calls that changed something: each of them is a point at which the power may fail.
  public private(set) var mutations = 0
  /// In which of the changing calls, counted as `mutations`, the power fails; nil: in none.
  public var powerFailsAt: Int?
  /// Nothing works until `restart`.
  public private(set) var isOff = false
  /// How many calls failed because of a fault.
  public private(set) var failures = 0
  /// Whether logs are longer than what was written to them, by zeros.
  public var isLogPaved = false
  /// What the machine's clock says.
  public var now = Instant(seconds: 1_356_998_400)

  private var faults: [(fault: DiskFault, seen: Int)] = []
  var chance: SeededGenerator
  /// Tells handles that were opened before the last restart from those after it.
  private(set) var epoch = 0
  private var files: [String: DiskFile] = [:]
  private var durableFiles: [String: DiskFile] = [:]
  /// Names that were made or deleted since the folder was synced; nil: deleted.
  private var unsyncedNames: [(name: String, file: DiskFile?)] = []
  private let vfs: UnsafeMutablePointer<sqlite3_vfs>
  private let vfsName: UnsafeMutablePointer<CChar>

  /// A disk without files. The seed foretells its chances: what survives, and SQLite's random numbers.
  public init(seed: UInt64) {
    chance = SeededGenerator(seed: seed)
    let place = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    name = "crash-disk-\(UInt(bitPattern: place))"
    vfsName = UnsafeMutablePointer<CChar>.allocate(capacity: name.utf8.count + 1)
    strcpy(vfsName, name)
    vfs = place
    vfs.initialize(to: DiskCalls.vfs(name: vfsName))
    vfs.pointee.pAppData = Unmanaged.passUnretained(self).toOpaque()
    precondition(SQLiteLibrary.isSetUp, "SQLite was used before it was set up")
    sqlite3_vfs_register(vfs, 0)
  }

  deinit {
    sqlite3_vfs_unregister(vfs)
    vfs.deallocate()
    vfsName.deallocate()
  }

  /// What to open so that a file of that name lies on this disk.
  public func uri(_ name: String) -> String { "file:/\(name)?vfs=\(self.name)" }

  /// Lets calls fail from now on.
  public func inject(_ fault: DiskFault) { faults.append((fault, 0)) }

  /// Takes out all faults.
  public func repair() { faults.removeAll() }

  public var hasFaults: Bool { !faults.isEmpty }

  /// Bytes of all files, as one sees them now.
  public var used: Int { files.values.reduce(0) { $0 + $1.size } }

  /// Turns the power off, if it is not, and on again: what was opened before stays useless.
  public func restart(_ survival: Survival) {
    for change in unsyncedNames {
      let isKept: Bool
      switch survival {
      case .nothing: isKept = false
      case .everything: isKept = true
      case .part, .torn: isKept = chance.fraction() < 0.5
      }
      if isKept { durableFiles[change.name] = change.file }
    }
    unsyncedNames.removeAll()
    // In the order of their names, so that chance meets them in the same one each time.
    for (_, file) in durableFiles.sorted(by: { $0.key < $1.key }) { file.crash(survival, &chance) }
    files = durableFiles
    epoch += 1
    isOff = false
    powerFailsAt = nil
  }

  /// How often a call was made since the disk was made.
  public func count(of call: DiskCall) -> Int { calls[call.rawValue] }

  /// Counts a call and says whether and how it fails.
  func admit(_ call: DiskCall, _ role: DiskRole) -> Int32 {
    if isOff { return SQLITE_IOERR }
    calls[call.rawValue] += 1
    if faults.isEmpty { return SQLITE_OK }
    for place in faults.indices where faults[place].fault.calls.contains(call) {
      if let only = faults[place].fault.role, only != role { continue }
      faults[place].seen += 1
      let fault = faults[place].fault
      if faults[place].seen == fault.first || faults[place].seen > fault.first && fault.isLasting {
        failures += 1
        return fault.code
      }
    }
    return SQLITE_OK
  }

  /// A call has begun to change something; false: the power fails in it.
  func mutate() -> Bool {
    mutations += 1
    guard let point = powerFailsAt, mutations >= point else { return true }
    isOff = true
    return false
  }

  func file(_ name: String) -> DiskFile? { files[name] }

  func create(_ name: String, _ role: DiskRole) -> DiskFile {
    let file = DiskFile(role: role)
    files[name] = file
    unsyncedNames.append((name, file))
    return file
  }

  func delete(_ name: String) {
    files[name] = nil
    unsyncedNames.append((name, nil))
  }

  func syncFolder() {
    guard !unsyncedNames.isEmpty else { return }
    durableFiles = files
    unsyncedNames.removeAll()
  }
}
