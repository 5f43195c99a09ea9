import CSQLite

/// Who holds which of SQLite's five locks of a file: https://www.sqlite.org/lockingv3.html
struct FileLocks {
  private var levels: [ObjectIdentifier: Int32] = [:]

  /// Raises the lock of a holder; false: others are in the way.
  mutating func raise(_ holder: ObjectIdentifier, to level: Int32) -> Bool {
    let own = levels[holder] ?? SQLITE_LOCK_NONE
    if own >= level { return true }
    let others = levels.filter { $0.key != holder }.values.max() ?? SQLITE_LOCK_NONE
    switch level {
    case SQLITE_LOCK_SHARED:
      if others >= SQLITE_LOCK_PENDING { return false }
    case SQLITE_LOCK_RESERVED:
      if others >= SQLITE_LOCK_RESERVED { return false }
    default:
      if others >= SQLITE_LOCK_RESERVED { return false }
      if others >= SQLITE_LOCK_SHARED {
        levels[holder] = SQLITE_LOCK_PENDING
        return false
      }
    }
    levels[holder] = level
    return true
  }

  mutating func lower(_ holder: ObjectIdentifier, to level: Int32) {
    guard let own = levels[holder], own > level else { return }
    levels[holder] = level == SQLITE_LOCK_NONE ? nil : level
  }

  var isReserved: Bool { levels.values.contains { $0 >= SQLITE_LOCK_RESERVED } }
}

/// The memory that the connections of a file share for the index of its log; a crash loses it.
final class SharedMemory {
  private var regions: [UnsafeMutableRawPointer] = []
  /// For each holder the slots it holds, as bits.
  private var shared: [ObjectIdentifier: UInt32] = [:]
  private var exclusive: [ObjectIdentifier: UInt32] = [:]

  deinit { for region in regions { region.deallocate() } }

  /// The region of that number; nil: it is not there, and nobody asked to make it.
  func region(_ number: Int, size: Int, isMade: Bool) -> UnsafeMutableRawPointer? {
    if number >= regions.count, !isMade { return nil }
    while regions.count <= number {
      let region = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      region.initializeMemory(as: UInt8.self, repeating: 0, count: size)
      regions.append(region)
    }
    return regions[number]
  }

  func lock(_ holder: ObjectIdentifier, mask: UInt32, isExclusive: Bool) -> Bool {
    if exclusive.contains(where: { $0.key != holder && $0.value & mask != 0 }) { return false }
    if isExclusive {
      if shared.contains(where: { $0.key != holder && $0.value & mask != 0 }) { return false }
      exclusive[holder, default: 0] |= mask
    } else {
      shared[holder, default: 0] |= mask
    }
    return true
  }

  func unlock(_ holder: ObjectIdentifier, mask: UInt32) {
    shared[holder]? &= ~mask
    exclusive[holder]? &= ~mask
  }

  func leave(_ holder: ObjectIdentifier) {
    shared[holder] = nil
    exclusive[holder] = nil
  }
}
