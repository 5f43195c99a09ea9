import Glibc

/// An open file, or a stretch of it, that the kernel sends without our reading it.
public final class FilePart: Sendable {
  /// Open as long as this is held.
  public let descriptor: Int32
  let offset: Int
  let count: Int

  /// Takes over a descriptor and closes it in the end.
  ///
  /// A file that grows is sent as far as was said; one that shrinks ends the connection.
  public init(owning descriptor: Int32, offset: Int, count: Int) {
    self.descriptor = descriptor
    self.offset = offset
    self.count = count
  }

  deinit { close(descriptor) }
}
