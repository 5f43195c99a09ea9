import Basics
import MeshModel
import Records

/// Who is told what happens while a session runs: a progress bar, a log.
///
/// Called on the session's own thread, after what is told was committed; it must return soon.
public protocol RunObserver: AnyObject {
  func observe(_ changes: [Change], at now: Instant)
  /// Whether `pulse` is called again and again while nothing happens.
  var wantsPulses: Bool { get }
  /// Called now and then while nothing happens, to redraw what depends on the time.
  func pulse(at now: Instant)
  /// Nothing can be committed for now, so nothing starts; nil: it can again.
  func outage(_ error: RecordsError?)
  /// A release was taken, or is the same as before; runs are made from it from now on.
  func deployed(_ release: TakenRelease)
  /// No release could be taken; the one before stands.
  func deployFailed(_ error: SessionError)
  /// What retention lets go could not be removed; it is tried again within the hour.
  func upkeepFailed(_ error: RecordsError)
  /// The record could not be asked about a tick that is due; it is asked again in a moment.
  func tickFailed(_ error: SessionError)
  /// The state file was examined after its last owner died: what is wrong in it, each in a sentence.
  func examined(_ damages: [String])
}

extension RunObserver {
  public var wantsPulses: Bool { true }
  public func outage(_ error: RecordsError?) {}
  public func deployed(_ release: TakenRelease) {}
  public func deployFailed(_ error: SessionError) {}
  public func upkeepFailed(_ error: RecordsError) {}
  public func tickFailed(_ error: SessionError) {}
  public func examined(_ damages: [String]) {}
}
