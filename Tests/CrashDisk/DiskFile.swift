import Basics
import Glibc

/// A file of a simulated disk: what is durable, what a reader sees, and what lies between the two.
final class DiskFile {
  /// A change that was not synced yet.
  private enum Change {
    case write(offset: Int, bytes: [UInt8])
    case resize(Int)
  }

  private static let sector = 512
  let role: DiskRole
  /// What reads answer.
  private let bytes = DiskImage()
  private let durable = DiskImage()
  private var unsynced: [Change] = []
  /// Changes up to here were part of a sync that failed: no later one makes them durable.
  private var abandoned = 0
  var locks = FileLocks()
  var memory = SharedMemory()

  init(role: DiskRole) { self.role = role }

  var size: Int { bytes.count }

  func read(at offset: Int, into target: UnsafeMutableRawPointer, count: Int) -> Bool {
    bytes.read(at: offset, into: target, count: count)
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
    unsynced.append(.write(offset: offset, bytes: Array(source)))
    bytes.write(source, at: offset)
  }

  func truncate(to size: Int) {
    unsynced.append(.resize(size))
    bytes.resize(to: size)
  }

  /// What was written is durable from now on.
  func sync() {
    for change in unsynced.dropFirst(abandoned) { apply(change) }
    unsynced.removeAll(keepingCapacity: true)
    abandoned = 0
  }

  /// The kernel told of an error once, and has forgotten that these pages are dirty.
  func failSync() { abandoned = unsynced.count }

  /// The power is gone: only what survives is there when it comes back.
  func crash(_ survival: Survival, _ chance: inout SeededGenerator) {
    switch survival {
    case .nothing: break
    case .everything: durable.become(bytes)
    case .part, .torn:
      // Often a prefix, as when the disk keeps the order, else any of them.
      let prefix = chance.fraction() < 0.3 ? Int.random(in: 0...unsynced.count, using: &chance) : nil
      for (number, change) in unsynced.enumerated() {
        if let prefix {
          if number < prefix { apply(change) }
        } else {
          keep(change, isTorn: survival == .torn, &chance)
        }
      }
      if survival == .torn, let prefix, prefix < unsynced.count {
        tear(unsynced[prefix], &chance)
      }
    }
    bytes.become(durable)
    unsynced.removeAll()
    abandoned = 0
    locks = FileLocks()
    memory = SharedMemory()
  }

  private func keep(_ change: Change, isTorn: Bool, _ chance: inout SeededGenerator) {
    switch chance.next() % (isTorn ? 3 : 2) {
    case 0: break
    case 1: apply(change)
    default: tear(change, &chance)
    }
  }

  /// Of a write some sectors reach the disk and others do not.
  private func tear(_ change: Change, _ chance: inout SeededGenerator) {
    guard case .write(let offset, let bytes) = change else { return }
    var begin = 0
    while begin < bytes.count {
      // Sectors are the disk's, wherever the write begins.
      let end = min(bytes.count, begin + Self.sector - (offset + begin) % Self.sector)
      if chance.fraction() < 0.5 {
        bytes.withUnsafeBytes {
          durable.write(UnsafeRawBufferPointer(rebasing: $0[begin..<end]), at: offset + begin)
        }
      }
      begin = end
    }
  }

  private func apply(_ change: Change) {
    switch change {
    case .write(let offset, let bytes): bytes.withUnsafeBytes { durable.write($0, at: offset) }
    case .resize(let size): durable.resize(to: size)
    }
  }
}
