import Foundation

/// Where the checkout lies, told by where this file was compiled.
public enum PackageRoot {
  /// The folder that holds `Package.swift`, absolute.
  public static let path: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// The absolute path of something in the checkout.
  public static func file(_ relative: String) -> String { path + "/" + relative }

  /// The text of a file in the checkout.
  public static func text(_ relative: String) throws -> String {
    try String(contentsOfFile: file(relative), encoding: .utf8)
  }
}
