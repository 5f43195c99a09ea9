import Glibc

/// The bytes of a file. Not an array, because the simulator moves gigabytes of them in debug builds.
final class DiskImage {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private(set) var count = 0

  deinit { free(base) }

  /// Copies bytes out, with zeros for those that are not there; whether all were.
  func read(at offset: Int, into target: UnsafeMutableRawPointer, count: Int) -> Bool {
    let available = max(0, min(count, self.count - offset))
    if let base, available > 0 { memcpy(target, base + offset, available) }
    if available < count { memset(target + available, 0, count - available) }
    return available == count
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
    if count < offset + source.count { resize(to: offset + source.count) }
    if let base, let from = source.baseAddress { memcpy(base + offset, from, source.count) }
  }

  /// Cuts off, or adds zeros.
  func resize(to size: Int) {
    if size > capacity {
      capacity = max(size, 2 * capacity)
      base = realloc(base, capacity)
    }
    if let base, size > count { memset(base + count, 0, size - count) }
    count = size
  }

  func become(_ other: DiskImage) {
    resize(to: other.count)
    if let base, let from = other.base { memcpy(base, from, other.count) }
  }
}
