import Basics
import Declarations
import Glibc
import MeshModel
import Planning

/// Looks whether what a task waits for is there, once, on the thread that calls it.
struct Prober: Sendable {
  private let stores: StoreWorker
  private let web: WebProbe
  private let clock: any Clock
  private let zones = ZoneCache()
  /// A moment is looked for again after this at the latest: somebody may set the clock.
  private static let longestTrust = Duration.seconds(300)

  init(stores: StoreWorker, web: WebProbe, clock: any Clock) {
    self.stores = stores
    self.web = web
    self.clock = clock
  }

  /// What there is to say. A store that is busy, or a file that may not be looked at, is no answer: it is
  /// looked at again.
  func answer(to order: ProbeOrder, control: AttemptControl) -> ProbeAnswer {
    guard let site = TaskSite(order.context), case .wait(let wait) = site.task.kind else {
      return .failed(AttemptFailure("release", "the release has no such task", isPermanent: true).outcome)
    }
    do throws(AttemptFailure) {
      switch wait.condition {
      case .file(let file): return try look(forFile: file, site, control)
      case .http(let address): return try look(forAddress: address, order, site, control)
      case .sql(let text):
        let holds = try stores.holds(text, site: site, control)
        return holds ? .met : .notYet(Reason("sql", "its SQL does not hold"))
      case .until(let moment): return try look(forMoment: moment, order, site, control)
      // The scheduler knows how old data is.
      case .fresh: return .met
      }
    } catch {
      return error.asksRetry ? .notYet(error.reason) : .failed(error.outcome)
    }
  }

  private func look(
    forFile file: ValueExpression, _ site: TaskSite, _ control: AttemptControl
  ) throws(AttemptFailure) -> ProbeAnswer {
    let name = try stores.value(file, site: site, control: control).text
    guard !name.isEmpty else { throw AttemptFailure("file", "the wait names no file") }
    let path = name.hasPrefix("/") ? name : site.mesh.root + "/" + name
    var status = stat()
    if stat(path, &status) == 0 { return .met }
    let cause =
      errno == ENOENT || errno == ENOTDIR ? "is not there" : "cannot be seen: \(systemMessage(errno))"
    return .notYet(Reason("file", "'\(name)' \(cause)"))
  }

  private func look(
    forAddress address: ValueExpression, _ order: ProbeOrder, _ site: TaskSite, _ control: AttemptControl
  ) throws(AttemptFailure) -> ProbeAnswer {
    let text = try stores.value(address, site: site, control: control).text
    guard WebAddress.isValid(text) else {
      throw AttemptFailure("http", "the wait names no web address that begins with http:// or https://")
    }
    let name =
      "\(order.attempt.instance.run)-\(order.attempt.instance.task)-\(order.attempt.instance.index)"
    return try web.answer(from: text, as: name, control: control)
  }

  private func look(
    forMoment value: ValueExpression, _ order: ProbeOrder, _ site: TaskSite, _ control: AttemptControl
  ) throws(AttemptFailure) -> ProbeAnswer {
    let text = try stores.value(value, site: site, control: control).text
    guard let declared = WaitMoment(text) else {
      throw AttemptFailure(
        "until", "'\(text)' is no moment: write 06:30, 2013-01-31 06:30, or 2013-01-31 06:30:00Z for UTC")
    }
    let zone = try zones.zone(site.pipeline.timezone)
    let moment = declared.instant(in: zone, on: site.context.run.partition?.end ?? order.since)
    let left = moment - clock.now
    guard left > .zero else { return .met }
    return .notYet(
      Reason("until", "it is not \(moment.sqliteText)Z yet"), after: min(left, Self.longestTrust))
  }
}
