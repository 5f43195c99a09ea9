"""Bugs to plant: (name, law that it breaks, file, the text that stands there once, the text in its place).

Each takes a guard away, drops something, counts wrongly or forgets. The simulator must find them without being told,
but where a room and a suite of its tests stand at the end: those must.
"""

TASKS = "Sources/Planning/Scheduler+Tasks.swift"
RUNS = "Sources/Planning/Scheduler+Runs.swift"
ATTEMPTS = "Sources/Planning/Scheduler+Attempts.swift"
DATA = "Sources/Planning/Scheduler+Data.swift"
RESTORING = "Sources/Planning/Scheduler+Restoring.swift"
PAUSES = "Sources/Planning/Scheduler+Pauses.swift"
SLOTS = "Sources/Planning/SlotTable.swift"
DELAY = "Sources/Planning/RetryPolicy+Delay.swift"
LOOP = "Sources/Orchestration/EventLoop.swift"
SCHEDULES = "Sources/Planning/Scheduler+Schedules.swift"
ARRIVALS = "Sources/Planning/Scheduler+Arrivals.swift"
TRIGGERS = "Sources/Planning/Scheduler+Triggers.swift"
TRIGGER = "Sources/Planning/LiveTrigger.swift"
ALERTS = "Sources/Planning/Scheduler+Alerts.swift"
WATCHES = "Sources/Planning/Scheduler+Watches.swift"
NOTIFICATIONS = "Sources/Planning/Scheduler+Notifications.swift"
WRITER = "Sources/Records/RecordWriter.swift"
TABLES = "Sources/Records/RecordTables.swift"
READER = "Sources/Records/StateReader+Unfinished.swift"
REMOVAL = "Sources/Records/RecordTables+Removal.swift"
FORECAST = "Sources/Orchestration/Forecast"
UPKEEP = "Sources/Records/Upkeep.swift"
PLANNER = "Sources/Planning/BackfillPlanner.swift"
DIGEST = "Sources/Orchestration/BackfillPlan+Digest.swift"
SHOWN = "Sources/Orchestration/ShownPlan.swift"
SECRETS = "Sources/Execution/SecretFiles.swift"

BUGS = [
    ("a task does not wait for all its upstreams", 1, TASKS,
     "let isLast = cells[slot][task].pendingUpstreams == 0", "let isLast = true"),
    ("attempts are numbered with gaps", 2, ATTEMPTS,
     "cells[slot][task].instances[index].attempts += 1", "cells[slot][task].instances[index].attempts += 2"),
    ("two runs of one partition", 2, RUNS,
     "liveRuns[run.partitionKey]?.first == run.id", "liveRuns[run.partitionKey]?.last == run.id"),
    ("one attempt too many", 2, ATTEMPTS, "guard tried < policy.attempts, !outcome.isPermanent else",
     "guard tried <= policy.attempts, !outcome.isPermanent else"),
    ("lost attempts without end", 2, ATTEMPTS, "guard lost <= policy.lost else { return nil }", "break"),
    ("a late report ends a later attempt", 3, ATTEMPTS,
     "return cell.attempt != nil && Int(cell.attempts) == attempt.number ? slot : nil",
     "return cell.attempt != nil ? slot : nil"),
    ("slots come back twice", 6, SLOTS, "    used -= 1\n", "    used -= 2\n"),
    ("pools are not counted", 6, SLOTS, "if let pool = demand.pool { pools[pool].used += 1 }", ""),
    ("two writers of one store", 6, SLOTS, "if demand.writesStore { queues[demand.domain].writers += 1 }", ""),
    ("domains are not counted", 6, SLOTS, "    queues[demand.domain].used += 1\n", ""),
    ("the limit of active runs is forgotten", 6, RUNS,
     "} else if lines[line].activeRuns < pipeline(run.pipeline).maxActiveRuns, mayStart(run) {",
     "} else if mayStart(run) {"),
    ("the limit of a backfill is forgotten", 6, RUNS, "      backfill.active >= most\n", "      backfill.active > most\n"),
    ("the limit of each is forgotten", 6, ATTEMPTS, "Int(cells[slot][task].active) >= most {",
     "Int(cells[slot][task].active) > most {"),
    ("queued runs are not admitted when one ends", 7, RUNS,
     "    linesToAdmit.insert(line)\n    wakeWaiters", "    wakeWaiters"),
    ("readers are not woken when a run ends", 7, DATA,
     "    tasksToAdvance += waiters\n", "    _ = waiters\n"),
    ("what each holds back is forgotten", 7, ATTEMPTS, "      return becomeReady(slot, task, index)\n    }\n  }\n",
     "      return\n    }\n  }\n"),
    ("shares are turned round", 8, SLOTS, "let finish = start + max(1, Self.unit / queues[domain].share)",
     "let finish = start + Self.unit * queues[domain].share"),
    ("a domain that was idle has its turns saved up", 8, SLOTS,
     "let start = max(virtualTime, queues[domain].finish)", "let start = queues[domain].finish"),
    ("whoever would finish first goes first", 8, SLOTS, "(start, finish) < ($0.start, $0.finish)",
     "finish < $0.finish"),
    ("a failed run is a success", 9, RUNS, "run.failures > 0 ? .failed : .success", ".success"),
    ("an allowed failure fails the run", 9, TASKS, "state == .failed && !allowed {", "state == .failed {"),
    ("timeouts are not set", 9, ATTEMPTS, "setTimer(.timeout(attempt), at: now + timeout)", "_ = timeout"),
    ("retries are not set", 9, ATTEMPTS, "      setTimer(.retry(attempt.instance), at: due)\n", ""),
    ("retries come late", 9, ATTEMPTS, "while let timer = timers.first, timer.due <= now {",
     "while let timer = timers.first, timer.due + .seconds(30) <= now {"),
    ("a backfill forgets its failures", 9, RUNS, "    if state == .failed { backfills[backfill]?.failed += 1 }\n", ""),
    ("the event log has gaps", 10, WRITER, "        sequence += 1\n", "        sequence += 2\n"),
    ("effects go before their commit", 11, LOOP, "      observer?.outage(error)\n      return\n",
     "      observer?.outage(error)\n"),
    ("what comes while the disk is full is forgotten", 12, LOOP, "    let late = held\n", "    let late: [Message] = []\n"),
    ("a commit drops its last change", 12, LOOP, "try writer.commit(pending.changes)",
     "try writer.commit(pending.changes.count > 2 ? Array(pending.changes.dropLast()) : pending.changes)"),
    ("a restart forgets timers of retries", 13, RESTORING,
     "      if let due = row.retryAt { setTimer(.retry(row.id), at: due) }\n", ""),
    ("a restart forgets how many were lost", 13, RESTORING, "Int32(clamping: row.lost)", "0"),
    ("a restart forgets a cancel", 16, RESTORING, "    runs[slot]?.cancellation = work.run.cancellation\n", ""),
    ("a restart forgets a pause", 12, RESTORING, "    paused = Set(work.paused)\n", ""),
    ("a restart forgets failures", 13, RESTORING,
     "      return count(slot, task, row.state)\n    }\n    cells[slot][task].active += 1",
     "      return\n    }\n    cells[slot][task].active += 1"),
    ("a restart tells what it knows to be queued again", 13, RESTORING, "      case .queued: enqueue(slot, task, index)\n",
     "      case .queued:\n        cells[slot][task].instances[index].state = .waiting\n"
     "        enqueue(slot, task, index)\n"),
    ("a restart forgets how often it was tried", 13, RESTORING, "Int32(clamping: row.lost)", "Int32(clamping: row.attempts)"),
    ("a restart leaves alone what was told to end", 16, RESTORING,
     "      decisions.effects.append(.stop(attempt, cause, grace: grace))\n", "      _ = (cause, grace)\n"),
    ("live attempts are not adopted", 14, RESTORING, "          adopt(slot, row, live)\n", ""),
    ("adopted attempts hold no slots", 6, RESTORING, "    slots.take(demand(run.pipeline, task))\n", ""),
    ("delays pass their cap", 15, DELAY, "greatest = max(greatest, min(cap, base + Int64(extra)))",
     "greatest = max(greatest, base + Int64(extra))"),
    ("delays shrink", 15, DELAY, "greatest = max(greatest, min(cap, base + Int64(extra)))",
     "greatest = min(cap, base + Int64(extra))"),
    ("a second cancel leaves teardown tasks running", 16, RUNS, "where again || !tasks[task].teardown {",
     "where !tasks[task].teardown {"),
    ("a cancelled task is tried again", 16, ATTEMPTS,
     "if run.cancellation == .everything || run.cancellation == .butTeardown && !step.isTeardown { return nil }", ""),
    ("a cancel leaves running what runs", 16, RUNS, "case .running: stop(slot, task, index, .cancelled, reason)",
     "case .running: continue"),
    ("a grace is ten times as long", 16, ATTEMPTS,
     "Duration.zero : configuration.grace\n    guard", "Duration.zero : configuration.grace * 10\n    guard"),
    ("the latest run of a partition is removed", 19, REMOVAL,
     """      AND NOT EXISTS (SELECT 1 FROM current_runs AS c
        WHERE c.pipeline = runs.pipeline AND c.partition = coalesce(runs.partition, '') AND c.run = runs.id)
""", ""),
    ("what is repeated is removed first", 19, REMOVAL,
     "      AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.retry_of = runs.id)\n", ""),
    ("runs are removed before their time", 19, UPKEEP, "finishedBefore: clock.now - age", "finishedBefore: clock.now"),
    ("what counts for a backfill is removed before its end", 19, REMOVAL,
     "      AND NOT EXISTS (SELECT 1 FROM backfills AS b WHERE b.id = runs.backfill AND b.state = 'running')\n", ""),
    ("who skipped a partition is removed", 19, REMOVAL,
     "      AND NOT EXISTS (SELECT 1 FROM dataset_partitions AS p WHERE p.standing = 'skipped' AND p.run = runs.id)\n", ""),
    ("a secret may be open to others", 21, SECRETS, "status.st_mode & 0o077 == 0", "status.st_size >= 0", "Execution.EnvironmentTests"),
    ("a success is forgotten where it was told to end", 23, ATTEMPTS,
     "guard let stop, reported.state != .success else { return reported }", "guard let stop else { return reported }"),
    ("an edited schedule counts its history anew", 5, SCHEDULES,
     "let wanted = countedSchedules[name] == nil ? historyBegin(schedule, at: wall) : wall",
     "let wanted = historyBegin(schedule, at: wall)"),
    ("a run changes its release", 17, RESTORING, "for known in releases where known.release.id == record.release {",
     "for known in releases.reversed() {"),
    ("a skip spreads twice", 18, TASKS, "guard let run = runs[slot], cells[slot][task].phase != .final else { return }",
     "guard let run = runs[slot] else { return }"),
    ("a pause lets tasks start", 1, ATTEMPTS, "    let isParked = isPaused(run)\n", "    let isParked = false\n"),
    ("a resume forgets what it held", 7, PAUSES, "      enqueue(slot, instance.task, instance.index)\n", ""),
    ("when is asked again after a restart", 24, RESTORING, "      case .waiting where work.run.conditions.contains(task):",
     "      case .waiting where work.run.conditions.contains(-1 - task):"),
    ("a reader does not wait for who will write", 25, DATA,
     "(entry == nil || id < reader.id) && hasYetToMake", "entry == nil && hasYetToMake"),
    ("a failed task publishes", 25, DATA, "let isMade = maker != nil && outcome.bad == 0", "let isMade = maker != nil"),
    ("what came is not looked at after a restart", 27, TRIGGERS,
     "known.meaning == trigger.meaning { return known.countedTo }",
     "known.meaning == trigger.meaning { return lastPublication }"),
    ("an edited trigger does not count anew", 27, TRIGGERS,
     "countedTriggers[name], known.meaning == trigger.meaning {", "countedTriggers[name] {"),
    ("data makes due what lacks one of its inputs", 27, TRIGGERS,
     "case .lacksData: return .lacksData", "case .lacksData: continue"),
    ("what is owed is not held", 27, ARRIVALS,
     "        lines[line].trigger?.held[key] = held\n        return\n", "        return\n"),
    ("what a pause held back stays so", 27, PAUSES, "      countDataOfPause(of: name)\n", ""),
    ("what is held settles what came for it", 27, TRIGGER,
     "[queue.first?.number, held.values.map(\\.number).min()]", "[queue.first?.number]"),
    ("a forecast forgets which runs it foresaw", 28, f"{FORECAST}/ForeseenPast.swift",
     "    if let known = standings[pipeline]?[partition ?? \"\"] { return known }\n", ""),
    ("a forecast forgets what it saw published", 28, f"{FORECAST}/ForeseenPast.swift",
     "if foreseen.current[partition.partition] == partition.number { found.append(partition) }", "_ = partition"),
    ("a forecast has what runs begin anew", 28, f"{FORECAST}/VirtualOwner.swift",
     "at: begins[order.id] ?? now)", "at: now)", "Orchestration.ForecastTests"),

    ("a forecast forgets what it decided", 28, f"{FORECAST}/VirtualOwner.swift",
     "    past.take(decisions.changes)\n", ""),
    ("a success resolves no alert of a partition", 29, ALERTS,
     "for alert in alerts.open(of: name, partition: run.partitionKey)",
     "for alert in alerts.open(of: name, partition: \"\")"),
    ("an alert is raised for a cause that is known", 29, ALERTS,
     "alerts.open[cause] == nil, isDeclared(cause)", "isDeclared(cause)"),
    ("deadlines of a pause are forgotten", 29, PAUSES, "      countDeadlinesOfPause(of: name)\n", ""),
    ("a missed deadline is counted and not told", 29, WATCHES, "if !answer.isKept {", "if !answer.isKept, answer.deadline.partition == nil {"),
    ("a silence is not asked", 30, ALERTS, "if isCovered { return id }", "if isCovered, id > 3 { return id }"),
    ("what was being told when the owner died is forgotten", 30, NOTIFICATIONS,
     "guard let batch = queue.batch, batch.due == nil else { continue }",
     "guard let batch = queue.batch, batch.due != nil else { continue }"),
    ("somebody is told of each alert at once", 30, NOTIFICATIONS,
     "alerts.queues[channel]?.opens = now + Self.notificationRhythm", "alerts.queues[channel]?.opens = now"),
    ("a run of some tasks resolves what is about all", 29, ALERTS,
     "let isWhole = parts.count == tasks.count", "let isWhole = !parts.isEmpty"),
    ("an alert is raised about what is not declared any more", 29, ALERTS,
     "alerts.open[cause] == nil, isDeclared(cause)", "alerts.open[cause] == nil"),
    ("an alert stays open about what is not declared any more", 29, WATCHES,
     "    watchDatasets()\n    resolveWhatIsGone()\n", "    watchDatasets()\n"),
    ("what is owed after a run is not due when that is cancelled", 27, RUNS,
     "    reviewHeld(pipelines[run.pipeline].line)\n    let tasks", "    let tasks"),
    ("two who ask in one moment find the same record", 31, LOOP,
     "        try settle()\n        if outage", "        if outage"),
    ("the owner makes another plan than was asked for", 31, DIGEST,
     "guard self.digest(in: graph) == digest else {", "guard !digest.isEmpty else {"),
    ("deadlines are asked before what was missed is in the ledger", 29, LOOP,
     "    if !pending.changes.isEmpty { hasTicked = true }\n", ""),
    ("after a restart a silence forgets who is to be told", 30, ALERTS,
     "    for channel in alerts.queues.keys {", "    for channel in alerts.records[alert]?.channels ?? [] {"),
    ("a plan is done though what stays is not what was shown", 31, SHOWN,
     "if lines.isEmpty, outcome != now.outcome {", "if lines.isEmpty, outcome.isEmpty {"),
    ("a plan makes anew what stands beside what is missing", 31, PLANNER,
     "let kept = request.mode == .all ? [] : standing", "let kept = request.mode == .failed ? standing : []"),
    ("a plan has readers before writers", 31, PLANNER,
     "draft.edges.append((from: place, to: next))", "draft.edges.append((from: next, to: place))"),
]
