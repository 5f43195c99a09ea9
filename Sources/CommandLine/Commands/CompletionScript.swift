/// Completion scripts, made from the table of commands.
enum CompletionScript {
  private static let valued = OptionDescription.global.filter { $0.value != nil }.map { "--" + $0.name }
  private static let descriptions = CommandTable.all.map { $0.description }

  static var bash: String {
    """
    # heddle completion bash
    _heddle() {
      local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= place=0 i
      COMPREPLY=()
      for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
          \(skipped)) ((i++)) ;;
          -*) ;;
          *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((place++)); fi ;;
        esac
      done
      local words=
      case "$command $previous" in
    \(optionCases(files: "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return", folders:
      "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return"))
      esac
      if [[ -z $words ]]; then
        case "$command $current" in
    \(nameCases)
        esac
      fi
      if [[ -z $words ]]; then
        case "$command $place" in
    \(operandCases(files: "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return", folders:
      "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return"))
        esac
      fi
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    }
    complete -F _heddle heddle

    """
  }

  static var zsh: String {
    """
    #compdef heddle
    # heddle completion zsh
    _heddle() {
      local current=${words[CURRENT]} previous=${words[CURRENT-1]} command= place=0 i
      for ((i = 2; i < CURRENT; i++)); do
        case ${words[i]} in
          \(skipped)) ((i++)) ;;
          -*) ;;
          *) if [[ -z $command ]]; then command=${words[i]}; else ((place++)); fi ;;
        esac
      done
      local found=
      case "$command $previous" in
    \(optionCases(files: "_files; return", folders: "_files -/; return", variable: "found"))
      esac
      if [[ -z $found ]]; then
        case "$command $current" in
    \(nameCases.replacing("words=", with: "found="))
        esac
      fi
      if [[ -z $found ]]; then
        case "$command $place" in
    \(operandCases(files: "_files; return", folders: "_files -/; return", variable: "found"))
        esac
      fi
      compadd -- ${=found}
    }
    if [[ $funcstack[1] == _heddle ]]; then _heddle "$@"; else compdef _heddle heddle; fi

    """
  }

  static var fish: String {
    var lines = ["# heddle completion fish", "complete -c heddle -f"]
    for option in OptionDescription.global { lines.append("complete -c heddle" + fishOption(option)) }
    for command in descriptions {
      lines.append(
        "complete -c heddle -n __fish_use_subcommand -a \(command.name) -d \(ShellWord.quoted(command.summary))"
      )
      let seen = "complete -c heddle -n '__fish_seen_subcommand_from \(command.name)'"
      for option in command.options { lines.append(seen + fishOption(option)) }
      for operand in command.operands where operand.words != .none {
        lines.append(seen + fishWords(operand.words))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fishOption(_ option: OptionDescription) -> String {
    " -l \(option.name)" + (option.value == nil ? "" : " -r") + fishWords(option.words)
  }

  private static func fishWords(_ words: OptionDescription.Words) -> String {
    switch words {
    case .none: ""
    case .files: " -F"
    case .directories: " -a '(__fish_complete_directories)'"
    case .choices(let choices): " -a '\(choices.joined(separator: " "))'"
    case .names(let kind): " -a '(heddle completion \(kind.rawValue) 2>/dev/null)'"
    }
  }

  /// Options before the command whose next word is their value.
  private static var skipped: String {
    let all = descriptions.flatMap(\.options).filter { $0.value != nil }.map { "--" + $0.name } + valued
    return Set(all).sorted().joined(separator: "|")
  }

  /// What may follow an option that takes a value.
  private static func optionCases(files: String, folders: String, variable: String = "words") -> String {
    var lines: [String] = []
    for command in descriptions {
      for option in command.options where option.value != nil {
        let act = action(option.words, files: files, folders: folders, variable: variable)
        lines.append("    '\(command.name) --\(option.name)') \(act ?? "return") ;;")
      }
    }
    for option in OptionDescription.global where option.value != nil {
      lines.append("    *' --\(option.name)') \(folders) ;;")
    }
    return lines.joined(separator: "\n")
  }

  /// The commands, and the options of each.
  private static var nameCases: String {
    let global = OptionDescription.global.map { "--" + $0.name }.joined(separator: " ")
    var lines = ["      ' -'*) words='\(global)' ;;"]
    lines.append("      ' '*) words='\(descriptions.map(\.name).joined(separator: " "))' ;;")
    for command in descriptions {
      let options = command.allOptions.map { "--" + $0.name }.joined(separator: " ")
      lines.append("      '\(command.name) -'*) words='\(options)' ;;")
    }
    return lines.joined(separator: "\n")
  }

  private static func operandCases(files: String, folders: String, variable: String = "words") -> String {
    var lines: [String] = []
    for command in descriptions {
      for (place, operand) in command.operands.enumerated() {
        var words = operand.words
        if command.name == "help" { words = .choices(descriptions.map(\.name)) }
        guard let act = action(words, files: files, folders: folders, variable: variable) else { continue }
        lines.append("      '\(command.name) \(place)') \(act) ;;")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func action(
    _ words: OptionDescription.Words, files: String, folders: String, variable: String
  ) -> String? {
    switch words {
    case .none: nil
    case .files: files
    case .directories: folders
    case .choices(let choices): "\(variable)='\(choices.joined(separator: " "))'"
    case .names(let kind): "\(variable)=$(heddle completion \(kind.rawValue) 2>/dev/null)"
    }
  }
}
