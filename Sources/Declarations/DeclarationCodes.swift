import Diagnostics

/// What the codes of this room's diagnostics mean.
public enum DeclarationCodes {
  /// The explanation of a code; nil when it is not one of this room.
  public static func explanation(of code: String) -> DiagnosticExplanation? { all.first { $0.code == code } }

  /// Sorted by code.
  public static let all: [DiagnosticExplanation] = (files + yaml + keys + names + meanings).sorted {
    $0.code < $1.code
  }

  private static let files: [DiagnosticExplanation] = [
    .init(
      "control-character",
      "A declaration is text. Zero bytes and other control characters are refused, because nobody sees them in an editor. In double quotes they may be written as escapes."
    ),
    .init(
      "file-empty",
      "The file holds nothing but comments and blank lines. Fill it in or remove it; a file that is there by mistake hides that something is missing."
    ),
    .init("file-ending", "Declarations end in `.yaml`; a file that ends in `.yml` is read by nobody."),
    .init(
      "file-missing",
      "A file that a declaration names, or that was there a moment ago, cannot be found. Paths are relative to the declaring file."
    ),
    .init(
      "file-too-large",
      "A file has at most 16 MiB. Pipelines that large are better split, and data does not belong into `dags/`."
    ),
    .init(
      "file-unreadable",
      "The system refuses to read the file: it is a folder or a pipe, or its permissions keep Heddle out."),
    .init(
      "invalid-utf8",
      "Declarations and SQL are UTF-8. Save the file again as UTF-8; most editors show the encoding in the status line."
    ),
    .init(
      "leads-outside",
      "What is declared must lie within the project, so that a copy of the project is complete. A path, or a symbolic link on the way, leads out of it."
    ),
    .init(
      "stray-file",
      "A pipeline lies in the folder of its domain, `dags/DOMAIN/PIPELINE.yaml`. Beside the folders there are only `mesh.yaml` and environments."
    ),
    .init(
      "too-many-mistakes",
      "After 200 mistakes in one file the rest is not shown: mend the first ones and check again."),
  ]

  private static let yaml: [DiagnosticExplanation] = [
    .init(
      "duplicate-key",
      "A key stands twice in one mapping. YAML forbids it, and of two values one would be lost in silence."),
    .init(
      "templating",
      "`{{ x }}` is how other tools paste values into texts. Heddle pastes nothing: SQL has bound parameters such as `:partition`, processes have variables such as `$HEDDLE_PARTITION`, so no value can change what a statement or a command means."
    ),
    .init(
      "yaml-alias",
      "Anchors (`&x`) and aliases (`*x`) are off: a few lines of them can stand for gigabytes, and a reader must look elsewhere to know what holds. `defaults:` and templates serve what repeats."
    ),
    .init("yaml-depth", "Values nest at most 64 levels deep."),
    .init("yaml-documents", "A file holds one document. What follows `---` belongs into a file of its own."),
    .init("yaml-key", "A key is one word, not a list and not a mapping."),
    .init(
      "yaml-line-break",
      "A lone carriage return, U+0085, U+2028 and U+2029 end a line for some programs and not for others, so all positions after them would be doubtful. End lines with a line feed."
    ),
    .init(
      "yaml-merge-key",
      "Merge keys (`<<`) need aliases, which are off. `defaults:` and templates serve what repeats."),
    .init("yaml-nodes", "A file holds at most two million values."),
    .init(
      "yaml-syntax",
      "The text is no YAML. The place shown is where reading stopped; the mistake may lie just before it."),
    .init("yaml-tab", "YAML indents with spaces only; a tab has no width that all editors agree on."),
    .init("yaml-tag", "Tags (`!!str`, `!x`) are not used. The type of a key is told by the table of keys."),
  ]

  private static let keys: [DiagnosticExplanation] = [
    .init(
      "conflicting-keys",
      "Two keys exclude each other, or a key means nothing beside another one. To pass over it in silence would leave somebody in the belief that it works."
    ),
    .init(
      "empty-value",
      "A key has no value, or a list or mapping holds nothing. Leave the key out to get its default."),
    .init(
      "invalid-calendar",
      "A line of a calendar is a date that is left out (`2013-12-25`), a date that is added (`+2013-12-28`), or a weekday that is left out (`sat`). What follows `#` is a comment."
    ),
    .init(
      "invalid-cron",
      "The cron expression cannot be read. It has five fields: minute, hour, day of month, month, day of week."
    ),
    .init("invalid-dataset", "A dataset is named in full, `domain.name`."),
    .init(
      "invalid-address",
      "A wait for the web asks an address that begins with `http://` or `https://`, and nothing else is fetched."
    ),
    .init(
      "invalid-moment",
      "A wait lasts until a time of day (`06:30`), a date and time on the pipeline's clock, or one in UTC that ends in `Z`."
    ),
    .init(
      "invalid-date",
      "A date is written `2013-01-31`, with a time `2013-01-31T06:00`. It is read on the clock of the pipeline's zone, and must exist in the calendar."
    ),
    .init(
      "invalid-duration",
      "A duration is whole numbers with units, the larger one first: `90s`, `5m`, `1h30m`, `2d`. A number alone says no unit."
    ),
    .init(
      "invalid-path",
      "The path of a store is relative and of letters, digits, dots, dashes and underscores; it lies below `stores/` in the state directory."
    ),
    .init(
      "invalid-zone",
      "The machine knows no time zone of that name. Names are those of IANA, such as `Europe/Berlin`."),
    .init("leading-zero", "YAML reads `007` as the number 7. In quotes it keeps its zeros."),
    .init("missing-key", "A key that is required is not there."),
    .init("out-of-range", "A value is of the right type and beyond what is allowed."),
    .init(
      "unknown-key",
      "No such key is known in this place. Unknown keys are errors, because a misspelt key would otherwise do nothing and nobody would know."
    ),
    .init("unknown-value", "The key takes one of a few words, and this is none of them."),
    .init(
      "wrong-type",
      "The key takes another type of value: a list where a text belongs, a text where a number belongs. Quotes make a text of everything."
    ),
  ]

  private static let names: [DiagnosticExplanation] = [
    .init(
      "borrowed-store",
      "An environment reads the products of a borrowed domain where production keeps them, so it cannot have a store of its own."
    ),
    .init("domain-folder", "A domain lies in the folder of its name, so that one finds it."),
    .init(
      "duplicate-pipeline",
      "Two files of a domain declare a pipeline of the same name. Neither is run until one is renamed."),
    .init(
      "duplicate-store", "Two domains name the same store. A store has one domain, because it has one writer."
    ),
    .init(
      "environment-name",
      "An environment lies in the file of its name, `dags/NAME.env.yaml`, so that one finds it."),
    .init("undeclared-domain", "An environment names a domain that has no folder below `dags/`."),
    .init(
      "undeclared-value",
      "An environment changes values that `mesh.yaml` declares, and adds none: what runs here must run in production."
    ),
    .init(
      "unknown-environment", "There is no file `dags/NAME.env.yaml` of the environment that is asked for."),
    .init("duplicate-value", "A list names the same thing twice."),
    .init(
      "invalid-name",
      "Names begin with a letter and hold `a-z`, `0-9` and `_`, at most 64 of them, so that they need no quotes in SQL, in shells and in addresses. Variables and secrets may have capitals."
    ),
    .init("missing-domain", "A folder with pipelines needs a `domain.yaml` that says who owns them."),
    .init(
      "name-clash",
      "Tasks, params, values of the mesh and what every pipeline knows (`partition`, `run`, `each`, ...) share one namespace, because SQL knows them all as `:name`."
    ),
    .init(
      "pipeline-file",
      "A pipeline's name is what `pipeline:` says. A file of another name makes it hard to find."),
    .init(
      "reserved-name",
      "The name means something already: to SQLite (`main`, `temp`) or to Heddle (`heddle`, `HEDDLE_...`, `none`)."
    ),
    .init("unknown-pool", "A task takes a slot of a pool that `mesh.yaml` does not declare."),
    .init(
      "unknown-task",
      "`after` and `each: {of: ...}` name tasks of the same pipeline. Between pipelines the order comes from the datasets that tasks read and write."
    ),
  ]

  private static let meanings: [DiagnosticExplanation] = [
    .init("after-itself", "A task cannot come after itself."),
    .init(
      "each-cycle",
      "`each: {of: ...}` follows the instances of another task; in a circle nobody says what the values are."),
    .init("each-of", "`each: {of: ...}` follows the instances of another task, and that task has no `each`."),
    .init(
      "empty-each", "A list without values makes no instance, so the task would be skipped in every run."),
    .init(
      "foreign-write",
      "A domain writes its own datasets only: it answers for what is in them. Others read them, and write what they make of them into their own."
    ),
    .init(
      "missing-merge-key",
      "Mode `merge` updates the row that is there already, and `key` says which one that is."),
    .init(
      "missing-partition",
      "What is asked for counts partitions, and the pipeline declares none. `partition: daily` makes each run cover a day."
    ),
    .init(
      "missing-partition-by",
      "Mode `partition` replaces exactly the rows of this partition, so it must know the column that tells them. Under `each` the column of the value is needed too, or each instance would replace what the others wrote."
    ),
    .init(
      "missing-template-value",
      "A template asks for a value that has no default, and the pipeline does not give it under `with`."),
    .init(
      "never-due",
      "A schedule that is not due for years, or never any more, is seldom meant: the calendar leaves out whatever the cron names."
    ),
    .init(
      "endless-wait",
      "Every wait ends: a file that never comes would otherwise keep its run for ever, and nobody would hear of it."
    ),
    .init("only-teardowns", "A teardown cleans up after other tasks, and there are none."),
    .init(
      "partitions-left-out",
      "The cron says only when the latest partition that is over is made. Where the next one is over before the next tick comes, the one between is never made by the clock. `lookback` makes earlier ones again; a backfill makes what is missing."
    ),
    .init(
      "row-shape",
      "The rows of a dataset in a test all name the same columns, so that nobody has to guess what a row does not say. NULL is written `null`."
    ),
    .init(
      "source-written", "A source is a dataset that comes from outside. A dataset that a task writes is none."
    ),
    .init(
      "unknown-template",
      "The file is there and is no template: templates begin with `accepts:`. Or the template has mistakes of its own, which are shown too."
    ),
    .init(
      "unknown-template-value",
      "A value is given that the template does not ask for, or the template uses one that it does not accept."
    ),
  ]
}
