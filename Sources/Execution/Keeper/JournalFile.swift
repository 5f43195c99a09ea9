import Glibc

/// The file a keeper writes its journal to.
struct JournalFile {
  /// How long it may get before what is no longer needed is cut out.
  private static let lengthBeforeCut = 1 << 20

  private let folder: FileDescriptor
  private let name: String
  private var file: FileDescriptor
  private var length = 0
  private var lengthAfterCut = 0
  private var pending: [UInt8] = []
  /// It could neither be written nor mended; what is kept is then only in memory.
  private var isBroken = false
  /// Something could not be written, and is missing until the journal is written anew.
  private var hasGap = false

  /// Makes the journal of this boot; nil with `errno` set when that fails, or there is one of that name.
  init?(in folder: FileDescriptor, name: String) {
    guard let file = Self.make(name, in: folder, O_EXCL) else { return nil }
    self.folder = folder
    self.name = name
    self.file = file
    add(.begun(boot: ProcessCensus.boot))
    flush()
  }

  /// Adds an entry, to be written with the next `flush`.
  mutating func add(_ entry: KeeperJournal.Entry) { pending.append(contentsOf: entry.encoded) }

  /// Writes what was added. Without a sync: the kernel has it, and only the kernel's end could lose it.
  mutating func flush() {
    guard !pending.isEmpty else { return }
    defer { pending.removeAll(keepingCapacity: pending.count < 1 << 16) }
    guard !isBroken else { return }
    if file.write(pending) {
      length += pending.count
      return
    }
    hasGap = true
    if ftruncate(file.number, off_t(length)) != 0 {
      // What is torn in the middle would hide everything after it.
      isBroken = true
    }
  }

  /// All that was added stands in the file.
  var isSound: Bool { !isBroken && !hasGap }

  /// Much of it is no longer needed.
  var isLong: Bool { length > Self.lengthBeforeCut + 2 * lengthAfterCut }

  /// Puts a new journal with what is still needed in the place of the old one.
  mutating func cut(to entries: [KeeperJournal.Entry]) {
    flush()
    lengthAfterCut = length
    var content = KeeperJournal.Entry.begun(boot: ProcessCensus.boot).encoded
    for entry in entries { content.append(contentsOf: entry.encoded) }
    let new = name + ".new"
    guard let file = Self.make(new, in: folder, O_TRUNC), file.write(content),
      renameat(folder.number, new, folder.number, name) == 0
    else { return }
    self.file = file
    length = content.count
    lengthAfterCut = length
    isBroken = false
    hasGap = false
  }

  private static func make(_ name: String, in folder: FileDescriptor, _ flag: Int32) -> FileDescriptor? {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flag
    return FileDescriptor(owning: openat(folder.number, name, flags, 0o600))
  }
}
