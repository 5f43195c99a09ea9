import CSQLite

/// A file that SQLite opened, as it holds it: its own part first, then ours.
struct OpenedFile {
  var base: sqlite3_file
  var handle: UnsafeMutableRawPointer?
}

/// What an opened file of a `CrashDisk` answers. SQLite's names of calls are told where they are not plain.
final class DiskHandle {
  private static let pavement = 64 << 10
  private let disk: CrashDisk
  private let file: DiskFile
  private let epoch: Int
  /// The first sync of a new log or journal makes its name durable too.
  private var syncsFolder: Bool
  /// Kept here because SQLite may still look at it after the disk was restarted.
  private let memory: SharedMemory
  private let nameToDelete: String?

  init(_ disk: CrashDisk, _ file: DiskFile, isNew: Bool, deleting name: String?) {
    self.disk = disk
    self.file = file
    epoch = disk.epoch
    memory = file.memory
    syncsFolder = isNew && (file.role == .log || file.role == .journal)
    nameToDelete = name
  }

  private var isStale: Bool { epoch != disk.epoch || disk.isOff }
  private var identity: ObjectIdentifier { ObjectIdentifier(self) }

  func close() {
    memory.leave(identity)
    guard epoch == disk.epoch else { return }
    file.locks.lower(identity, to: SQLITE_LOCK_NONE)
    if let nameToDelete, !disk.isOff { disk.delete(nameToDelete) }
  }

  func read(_ target: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> Int32 {
    if isStale { return SQLITE_IOERR }
    let refusal = disk.admit(.read, file.role)
    guard refusal == SQLITE_OK else { return refusal }
    let shortRead = SQLITE_IOERR | 2 << 8
    return file.read(at: offset, into: target, count: count) ? SQLITE_OK : shortRead
  }

  func write(_ source: UnsafeRawPointer, _ count: Int, at offset: Int) -> Int32 {
    if isStale { return SQLITE_IOERR }
    let refusal = disk.admit(.write, file.role)
    guard refusal == SQLITE_OK else {
      // What does not fit may have fitted in part.
      let part = Int(disk.chance.next() % UInt64(count + 1))
      file.write(UnsafeRawBufferPointer(start: source, count: part), at: offset)
      return refusal
    }
    let isOn = disk.mutate()
    if disk.isLogPaved, file.role == .log, offset + count > file.size {
      file.truncate(to: offset + count + Self.pavement)
    }
    file.write(UnsafeRawBufferPointer(start: source, count: count), at: offset)
    return isOn ? SQLITE_OK : SQLITE_IOERR
  }

  func truncate(to size: Int) -> Int32 {
    if isStale { return SQLITE_IOERR }
    let refusal = disk.admit(.truncate, file.role)
    guard refusal == SQLITE_OK else { return refusal }
    let isOn = disk.mutate()
    file.truncate(to: size)
    return isOn ? SQLITE_OK : SQLITE_IOERR
  }

  func sync() -> Int32 {
    if isStale { return SQLITE_IOERR }
    let refusal = disk.admit(.sync, file.role)
    guard refusal == SQLITE_OK else {
      file.failSync()
      return refusal
    }
    // In a sync that the power ends nothing is certain yet.
    guard disk.mutate() else { return SQLITE_IOERR }
    file.sync()
    if syncsFolder {
      disk.syncFolder()
      syncsFolder = false
    }
    return SQLITE_OK
  }

  func size() -> Int? { isStale ? nil : file.size }

  func lock(_ level: Int32) -> Int32 {
    if isStale { return SQLITE_IOERR }
    let refusal = disk.admit(.lock, file.role)
    guard refusal == SQLITE_OK else { return refusal }
    return file.locks.raise(identity, to: level) ? SQLITE_OK : SQLITE_BUSY
  }

  func unlock(_ level: Int32) -> Int32 {
    if epoch == disk.epoch { file.locks.lower(identity, to: level) }
    return SQLITE_OK
  }

  var isReserved: Bool { file.locks.isReserved }

  func map(_ region: Int, size: Int, isMade: Bool) -> (code: Int32, place: UnsafeMutableRawPointer?) {
    if isStale { return (SQLITE_IOERR, nil) }
    return (SQLITE_OK, memory.region(region, size: size, isMade: isMade))
  }

  func lockMemory(_ first: Int32, _ count: Int32, _ flags: Int32) -> Int32 {
    let mask = ((UInt32(1) << UInt32(count)) - 1) << UInt32(first)
    if flags & SQLITE_SHM_UNLOCK != 0 {
      memory.unlock(identity, mask: mask)
      return SQLITE_OK
    }
    if isStale { return SQLITE_IOERR }
    let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
    // Shared ones only wait for one another where a process has died; SQLite tries again by itself then.
    let refusal = isExclusive ? disk.admit(.lock, file.role) : SQLITE_OK
    guard refusal == SQLITE_OK else { return refusal }
    return memory.lock(identity, mask: mask, isExclusive: isExclusive) ? SQLITE_OK : SQLITE_BUSY
  }

  func unmap() { memory.leave(identity) }
}
