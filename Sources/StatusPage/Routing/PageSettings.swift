import HTTPServer
import Orchestration
import Records

/// Where the page stands and whom it lets in.
public struct PageSettings: Sendable {
  public var address: SocketAddress
  /// Names by which the page may be asked for, besides those of this machine's loopback.
  public var hosts: Set<String>
  /// Addresses whose word on who asks, and how, is taken.
  public var proxies: Set<String>
  /// The folder of the page's files; nil: there is only the API.
  public var web: String?
  public var state: StateDirectory
  /// The project's folder.
  public var project: String
  public var version: String
  /// How many attempts the owner of the state lets work at once.
  public var workers: Int

  public init(
    address: SocketAddress, state: StateDirectory, project: String, version: String, workers: Int,
    hosts: Set<String> = [], proxies: Set<String> = [], web: String? = nil
  ) {
    self.address = address
    self.state = state
    self.project = project
    self.version = version
    self.workers = workers
    self.hosts = hosts
    self.proxies = proxies
    self.web = web
  }

  /// States may be read by whoever reaches it: only who works on this machine does.
  var readsStates: Bool { address.isLoopback }

  private static let loopback: Set<String> = ["127.0.0.1", "[::1]", "localhost"]

  /// Whether a request for a host is for us, and not led here by a name that somebody else gave out.
  func accepts(_ host: RequestHost) -> Bool {
    Self.loopback.contains(host.name) || hosts.contains(host.name)
  }
}
