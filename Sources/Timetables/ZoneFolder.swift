import Basics
import Glibc
import Threads

/// The folder where the system keeps its zone files.
struct ZoneFolder {
  /// Larger files are no zone files: the largest known has 4 kB.
  static let largestFile = 1 << 20
  /// What stands beside the zones, and trees of other reckonings of time.
  private static let left = ["right", "posix", "localtime", "posixrules"]

  var path: String

  /// Where `TZDIR` points, else the usual place.
  static var system: ZoneFolder {
    guard let named = getenv("TZDIR"), named.pointee != 0 else {
      return ZoneFolder(path: "/usr/share/zoneinfo")
    }
    return ZoneFolder(path: String(cString: named))
  }

  /// Whether a text has the form of a zone's name, and so cannot lead out of the folder.
  static func isName(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard text.utf8.count <= 64, let first = parts.first,
      !left.contains(where: { first.elementsEqual($0.utf8) })
    else { return false }
    return parts.allSatisfy { part in
      guard let first = part.first, isLetter(first) else { return false }
      return part.allSatisfy { isLetter($0) || isDigit($0) || "_-+".utf8.contains($0) }
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Reads a zone's file.
  func zone(named name: String) throws(ZoneError) -> Zone {
    if name == "UTC" { return .utc }
    func error(_ kind: ZoneError.Kind) -> ZoneError { ZoneError(kind: kind, name: name, folder: path) }
    guard Self.isName(name) else { throw error(.invalidName) }
    guard let bytes = contents(of: path + "/" + name) else {
      throw error(access(path, R_OK) == 0 ? .unknown : .noZoneFiles)
    }
    guard let file = ZoneFile(bytes) else { throw error(.unreadable) }
    return Zone(name: name, spans: file.spans)
  }

  /// The bytes of a regular file; nil when there is none.
  func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Self.largestFile
    else { return nil }
    let size = Int(status.st_size)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size, let base = buffer.baseAddress {
        let got = read(descriptor, base + count, size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { break }
        count += got
      }
    }
  }

  /// The names of all zones, sorted.
  func names() -> [String] {
    var found: Set = ["UTC"]
    list(below: "", depth: 3, into: &found)
    return found.sorted()
  }

  private func list(below prefix: String, depth: Int, into found: inout Set<String>) {
    guard depth > 0, let entries = FolderEntries(path + "/" + prefix) else { return }
    for entry in entries {
      let name = prefix + entry
      guard Self.isName(name) else { continue }
      var status = stat()
      guard stat(path + "/" + name, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: list(below: name + "/", depth: depth - 1, into: &found)
      case S_IFREG where hasZoneMark(path + "/" + name): found.insert(name)
      default: continue
      }
    }
  }

  private func hasZoneMark(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var mark: UInt32 = 0
    return read(descriptor, &mark, 4) == 4 && UInt32(bigEndian: mark) == 0x545A_6966
  }
}

extension Zone {
  private static let cache = Guarded<[String: Zone]>([:])

  /// The zone of that IANA name, from the folder `TZDIR` names or else `/usr/share/zoneinfo`.
  ///
  /// A file is read once a process: after an update of the system's zone files, restart to follow it.
  public init(named name: String) throws(ZoneError) {
    if name == "UTC" {
      self = .utc
      return
    }
    let folder = ZoneFolder.system
    let key = folder.path + "\n" + name
    if let known = Self.cache.withLock({ $0[key] }) {
      self = known
      return
    }
    let zone = try folder.zone(named: name)
    Self.cache.withLock { $0[key] = zone }
    self = zone
  }

  /// The names of all zones that the machine knows, sorted.
  public static var knownNames: [String] { ZoneFolder.system.names() }
}
