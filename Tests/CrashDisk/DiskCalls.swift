import Basics
import CSQLite
import Glibc

/// The tables of functions by which SQLite calls a `CrashDisk` and its files.
enum DiskCalls {
  /// The methods of every opened file; never changed and never freed.
  nonisolated(unsafe) fileprivate static let methods: UnsafePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: fileMethods())
    return UnsafePointer(methods)
  }()

  static func vfs(name: UnsafePointer<CChar>) -> sqlite3_vfs {
    var vfs = sqlite3_vfs()
    vfs.iVersion = 2
    vfs.szOsFile = Int32(MemoryLayout<OpenedFile>.size)
    vfs.mxPathname = 512
    vfs.zName = name
    vfs.xOpen = { vfs, name, file, flags, outFlags in
      guard let disk = owner(vfs), let file else { return SQLITE_MISUSE }
      outFlags?.pointee = flags
      return openFile(disk, name.map { String(cString: $0) }, UnsafeMutableRawPointer(file), flags)
    }
    vfs.xDelete = { vfs, name, syncsFolder in
      guard let disk = owner(vfs), let name else { return SQLITE_MISUSE }
      return deleteFile(disk, String(cString: name), syncsFolder: syncsFolder != 0)
    }
    vfs.xAccess = { vfs, name, _, answer in
      guard let disk = owner(vfs), let name else { return SQLITE_MISUSE }
      if disk.isOff { return SQLITE_IOERR }
      answer?.pointee = disk.file(String(cString: name)) == nil ? 0 : 1
      return SQLITE_OK
    }
    vfs.xFullPathname = { _, name, room, target in
      guard let name, let target, strlen(name) < Int(room) else { return SQLITE_CANTOPEN }
      strcpy(target, name)
      return SQLITE_OK
    }
    vfs.xRandomness = { vfs, count, target in
      guard let disk = owner(vfs), let target else { return 0 }
      for place in 0..<Int(count) { target[place] = CChar(truncatingIfNeeded: disk.chance.next()) }
      return count
    }
    // Nobody else runs on the thread that would sleep.
    vfs.xSleep = { _, microseconds in microseconds }
    vfs.xGetLastError = { _, _, _ in 0 }
    vfs.xCurrentTime = { vfs, days in
      days?.pointee = Double(julianMilliseconds(vfs)) / 86_400_000
      return SQLITE_OK
    }
    vfs.xCurrentTimeInt64 = { vfs, milliseconds in
      milliseconds?.pointee = julianMilliseconds(vfs)
      return SQLITE_OK
    }
    return vfs
  }

  private static func fileMethods() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { file in
      closeOpened(file)
      return SQLITE_OK
    }
    methods.xRead = { file, target, count, offset in
      guard let handle = opened(file), let target else { return SQLITE_MISUSE }
      return handle.read(target, Int(count), at: Int(offset))
    }
    methods.xWrite = { file, source, count, offset in
      guard let handle = opened(file), let source else { return SQLITE_MISUSE }
      return handle.write(source, Int(count), at: Int(offset))
    }
    methods.xTruncate = { file, size in opened(file)?.truncate(to: Int(size)) ?? SQLITE_MISUSE }
    methods.xSync = { file, _ in opened(file)?.sync() ?? SQLITE_MISUSE }
    methods.xFileSize = { file, answer in
      guard let size = opened(file)?.size() else { return SQLITE_IOERR }
      answer?.pointee = Int64(size)
      return SQLITE_OK
    }
    methods.xLock = { file, level in opened(file)?.lock(level) ?? SQLITE_MISUSE }
    methods.xUnlock = { file, level in opened(file)?.unlock(level) ?? SQLITE_MISUSE }
    methods.xCheckReservedLock = { file, answer in
      answer?.pointee = opened(file)?.isReserved == true ? 1 : 0
      return SQLITE_OK
    }
    methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    methods.xSectorSize = { _ in 4096 }
    // As Linux: a torn write harms nothing beside it.
    methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    methods.xShmMap = { file, region, size, isMade, answer in
      guard let handle = opened(file) else { return SQLITE_MISUSE }
      let (code, place) = handle.map(Int(region), size: Int(size), isMade: isMade != 0)
      answer?.pointee = place
      return code
    }
    methods.xShmLock = { file, first, count, flags in
      opened(file)?.lockMemory(first, count, flags) ?? SQLITE_MISUSE
    }
    methods.xShmBarrier = { _ in }
    methods.xShmUnmap = { file, _ in
      opened(file)?.unmap()
      return SQLITE_OK
    }
    return methods
  }
}

private func opened(_ file: UnsafeMutablePointer<sqlite3_file>?) -> DiskHandle? {
  guard let file else { return nil }
  let place = UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenedFile.self)
  return place.pointee.handle.map { Unmanaged<DiskHandle>.fromOpaque($0).takeUnretainedValue() }
}

private func closeOpened(_ file: UnsafeMutablePointer<sqlite3_file>?) {
  guard let file else { return }
  let place = UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenedFile.self)
  guard let owned = place.pointee.handle else { return }
  place.pointee.handle = nil
  Unmanaged<DiskHandle>.fromOpaque(owned).takeRetainedValue().close()
}

private func owner(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> CrashDisk? {
  vfs?.pointee.pAppData.map { Unmanaged<CrashDisk>.fromOpaque($0).takeUnretainedValue() }
}

private func julianMilliseconds(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> Int64 {
  210_866_760_000_000 + (owner(vfs)?.now.milliseconds ?? 0)
}

private func openFile(
  _ disk: CrashDisk, _ name: String?, _ place: UnsafeMutableRawPointer, _ flags: Int32
) -> Int32 {
  let opened = place.bindMemory(to: OpenedFile.self, capacity: 1)
  opened.pointee.base.pMethods = nil
  let role = DiskRole(openFlags: flags)
  let refusal = disk.admit(.open, role)
  guard refusal == SQLITE_OK else { return refusal }
  let known = name.flatMap { disk.file($0) }
  let mayCreate = name == nil || flags & SQLITE_OPEN_CREATE != 0
  if known == nil, !mayCreate { return SQLITE_CANTOPEN }
  if known != nil, flags & SQLITE_OPEN_EXCLUSIVE != 0 { return SQLITE_CANTOPEN }
  let file = known ?? name.map { disk.create($0, role) } ?? DiskFile(role: role)
  let isTemporary = flags & SQLITE_OPEN_DELETEONCLOSE != 0
  let handle = DiskHandle(disk, file, isNew: known == nil, deleting: isTemporary ? name : nil)
  opened.pointee.handle = Unmanaged.passRetained(handle).toOpaque()
  opened.pointee.base.pMethods = DiskCalls.methods
  return SQLITE_OK
}

private func deleteFile(_ disk: CrashDisk, _ name: String, syncsFolder: Bool) -> Int32 {
  guard let file = disk.file(name) else { return SQLITE_IOERR | 23 << 8 }
  let refusal = disk.admit(.delete, file.role)
  guard refusal == SQLITE_OK else { return refusal }
  let isOn = disk.mutate()
  disk.delete(name)
  guard isOn else { return SQLITE_IOERR }
  if syncsFolder { disk.syncFolder() }
  return SQLITE_OK
}
