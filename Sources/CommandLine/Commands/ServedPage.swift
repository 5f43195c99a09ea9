import Basics
import Glibc
import HTTPServer
import MeshModel
import Orchestration
import Records
import StatusPage

/// What `heddle serve` was told about the page.
struct PageWish {
  var address: SocketAddress
  var hosts: Set<String>
  var proxies: Set<String>
  /// Nil: wherever it was installed.
  var web: String?

  /// Nil: no page is wanted.
  init?(_ arguments: Arguments) throws(CommandFailure) {
    guard let bind = arguments.value("bind") else {
      for option in ["web", "host", "proxy"] where arguments.has(option) {
        throw .usage("'--\(option)' is of the page", help: "say where it is to be: --bind 127.0.0.1:8080")
      }
      return nil
    }
    guard let address = SocketAddress(bind) else {
      throw .usage("'\(bind)' is no address with a port", help: "write 127.0.0.1:8080 or [::1]:8080")
    }
    self.address = address
    hosts = []
    for name in arguments.values("host") {
      guard let host = RequestHost(name), host.port == nil else {
        throw .usage(
          "'\(name)' is no name of a host", help: "write it without a port: --host heddle.example.org")
      }
      hosts.insert(host.name)
    }
    proxies = Set(arguments.values("proxy"))
    for proxy in proxies where SocketAddress("\(proxy.contains(":") ? "[\(proxy)]" : proxy):1")?.host != proxy
    {
      throw .usage("'\(proxy)' is no address of a proxy", help: "write it in numbers: --proxy 10.0.0.2")
    }
    web = arguments.value("web")
  }

  /// Where the page's files are: named, or installed beside the binary, or in the checkout above it.
  func webFolder(_ context: Context) throws(CommandFailure) -> String? {
    if let web {
      let folder = context.absolute(web)
      guard access(folder + "/index.html", R_OK) == 0 else {
        throw .notFound("there is no page in '\(web)'", help: "name the folder that holds its 'index.html'")
      }
      return folder
    }
    guard let binary = Self.binary else { return nil }
    var folder = binary.split(separator: "/").dropLast()
    var candidates = ["/" + folder.dropLast().joined(separator: "/") + "/share/heddle/web-static"]
    while !folder.isEmpty {
      candidates.append("/" + folder.joined(separator: "/") + "/web-static")
      folder = folder.dropLast()
    }
    return candidates.first { access($0 + "/index.html", R_OK) == 0 }
  }

  /// Tells of requests that could not be answered on the error output, whoever uses that meanwhile: a line is
  /// one write. Where whoever reads stands still it is left out.
  private static func complaints(_ context: Context) -> @Sendable (String) -> Void {
    guard !context.settings.quiet else { return { _ in } }
    return { [clock = context.clock] text in
      let output = Output(descriptor: 2)
      guard output.hasRoom(within: .zero) else { return }
      output.line("\(clock.now.text)  \(TerminalText.clean(text))")
      output.flush()
    }
  }

  private static var binary: String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// Starts the page of an owner. Where others than those who work on this machine reach it, somebody must
  /// have a token.
  func open(
    _ owner: Owner, workers: Int, _ context: Context, _ project: Project
  ) throws(CommandFailure) -> StatusPage {
    if !address.isLoopback {
      let now = context.clock.now
      let reader = try context.record(project)
      let tokens = try reader.map { (reader) throws(CommandFailure) in
        try context.reading(reader) { try $0.tokens() }
      }
      guard tokens?.contains(where: { $0.isValid(at: now) }) ?? false else {
        throw CommandFailure(
          .denied, "the page would stand open to others at '\(address)', and nobody has a token",
          help: "make one: heddle token create NAME --role viewer; or bind it to 127.0.0.1")
      }
    }
    let settings = PageSettings(
      address: address, state: project.state, project: project.root, version: VersionCommand.version,
      workers: workers, hosts: hosts.union(address.isLoopback ? [] : [RequestHost("\(address)")?.name ?? ""]),
      proxies: proxies,
      web: try webFolder(context))
    do {
      return try StatusPage(
        settings: settings, release: PublishedRelease(owner.taken), loop: owner.desk,
        commands: try RemoteCommands(project, desk: owner.desk, clock: context.clock), clock: context.clock,
        complain: Self.complaints(context))
    } catch let error as StatusPageError {
      throw CommandFailure(.failed, error.message, help: "choose another address with --bind")
    } catch {
      throw CommandFailure(.failed, "the page cannot be served: \(error)")
    }
  }
}
