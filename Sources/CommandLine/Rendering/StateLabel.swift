import MeshModel

/// How a state is shown: a glyph and a word, so that colour is never needed to tell it.
struct StateLabel: Hashable {
  var glyph: Character
  var word: String
  /// The state's own name, for programs.
  var name: String
  var colour: Paint.Colour

  init(_ state: InstanceState) {
    name = state.rawValue
    word = state == .upstreamFailed ? "upstream failed" : state.rawValue
    switch state {
    case .success: (glyph, colour) = ("✓", .green)
    case .failed: (glyph, colour) = ("✕", .red)
    case .running: (glyph, colour) = ("▶", .blue)
    case .retrying: (glyph, colour) = ("↻", .yellow)
    case .upstreamFailed: (glyph, colour) = ("⤓", .magenta)
    case .waiting, .deferred, .queued: (glyph, colour) = ("◷", .cyan)
    case .skipped: (glyph, colour) = ("–", .grey)
    case .cancelled: (glyph, colour) = ("⊘", .grey)
    }
  }

  init(_ state: RunState) {
    switch state {
    case .queued: self.init(InstanceState.queued)
    case .running: self.init(InstanceState.running)
    case .success: self.init(InstanceState.success)
    case .failed: self.init(InstanceState.failed)
    case .cancelled: self.init(InstanceState.cancelled)
    }
  }

  init(_ state: BackfillState) {
    switch state {
    case .running: self.init(InstanceState.running)
    case .success: self.init(InstanceState.success)
    case .failed: self.init(InstanceState.failed)
    case .cancelled: self.init(InstanceState.cancelled)
    }
  }

  init(_ state: AttemptState) {
    switch state {
    case .success: self.init(InstanceState.success)
    case .cancelled: self.init(InstanceState.cancelled)
    case .skipped: self.init(InstanceState.skipped)
    case .starting, .running, .stopping: self.init(InstanceState.running)
    case .failed, .timedOut, .lost: self.init(InstanceState.failed)
    }
    name = state.rawValue
    word = state == .timedOut ? "timed out" : state.rawValue
  }

  /// Of a pipeline that has no run yet.
  static let neverRun = StateLabel(glyph: "·", word: "never run", name: "never_run", colour: .grey)

  private init(glyph: Character, word: String, name: String, colour: Paint.Colour) {
    self.glyph = glyph
    self.word = word
    self.name = name
    self.colour = colour
  }

  /// Glyph and word for people.
  func text(_ paint: Paint) -> String { paint.colour(colour, String(glyph)) + " " + word }
}
