/// Kinds of file systems that a state file must not lie on: other machines may write there too, locks are not
/// to be relied on, and SQLite's shared memory does not work.
enum FileSystemKind {
  /// The kernel's numbers (`statfs`), each with the name people know it by.
  static let networked: [Int64: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFE53_4D42: "SMB", 0xFF53_4D42: "CIFS", 0x6573_5546: "FUSE",
    0x0102_1997: "9P", 0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x00C3_6400: "Ceph",
    0x0116_1970: "GFS2", 0x7461_636F: "OCFS2", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS",
    0x786F_4256: "a VirtualBox folder", 0x1980_0202: "BeeGFS",
  ]
}
