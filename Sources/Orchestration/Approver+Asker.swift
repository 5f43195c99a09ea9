import Glibc
import MeshModel

extension Approver {
  /// The most groups that a user is asked for; Linux lets nobody be in more.
  private static let mostGroups: Int32 = 65_536

  /// Whoever asks, with the groups of the machine that the user is in. A name that comes over the web is a
  /// token's, and in no group.
  init(_ asker: Asker) {
    self.init(name: asker.name)
    guard Self.isLookedUp(asker) else { return }
    var entry = passwd()
    let first = Self.lookUp { buffer, size in
      var result: UnsafeMutablePointer<passwd>?
      let code = getpwnam_r(asker.name, &entry, buffer, size, &result)
      return (code, result.map { $0.pointee.pw_gid })
    }
    if let first { groups = Self.groups(of: asker.name, first: first) }
  }

  /// Whoever asks is a user of the machine, whose groups its directory knows; that may take long.
  static func isLookedUp(_ asker: Asker) -> Bool { ["socket", "command"].contains(asker.origin) }

  private static func groups(of name: String, first: gid_t) -> [String] {
    var count: Int32 = 64
    var numbers = [gid_t](repeating: 0, count: Int(count))
    if getgrouplist(name, first, &numbers, &count) < 0 {
      guard count > 0, count <= mostGroups else { return [] }
      numbers = [gid_t](repeating: 0, count: Int(count))
      guard getgrouplist(name, first, &numbers, &count) >= 0 else { return [] }
    }
    return numbers.prefix(Int(max(0, count))).compactMap { number in
      var entry = group()
      return lookUp { buffer, size in
        var result: UnsafeMutablePointer<group>?
        let code = getgrgid_r(number, &entry, buffer, size, &result)
        return (code, result.map { String(cString: $0.pointee.gr_name) })
      }
    }
  }

  /// Looks something up that needs room of a size that nobody knows before.
  private static func lookUp<Found>(
    _ look: (UnsafeMutablePointer<CChar>, Int) -> (code: Int32, found: Found?)
  ) -> Found? {
    var size = 4096
    while size <= 1 << 20 {
      let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
      defer { buffer.deallocate() }
      let (code, found) = look(buffer, size)
      guard code == ERANGE else { return found }
      size *= 4
    }
    return nil
  }
}
