"""Every limit of ours, with its unit. Each is shown by a test; a report names those that were in force."""

KIB = 1024
MIB = 1024 * KIB

# The submission: what a learner's own files may come to. Dependencies are not counted.
SUBMISSION_FILES_MAX = 5_000
SUBMISSION_BYTES_MAX = 32 * MIB
SUBMISSION_FILE_BYTES_MAX = 8 * MIB
SUBMISSION_DEPTH_MAX = 40
SUBMISSION_BESIDE_MAX = 1_000
"""Ignored entries that are linked beside the submission; more are left out with a notice."""

# The program: times are stretched by core.deadlines.machine_factor.
READY_S = 10.0
BUILD_S = 120.0
CHECK_S = 10.0
STAGE_S = 60.0
RUN_S = 300.0
STOP_GRACE_S = 2.0
KILL_S = 5.0
INSTANCES_MAX = 16
OUTPUT_HEAD_BYTES = 32 * KIB
OUTPUT_TAIL_BYTES = 32 * KIB
PROGRAM_OPEN_FILES_MAX = 4_096
PROGRAM_FILE_BYTES_MAX = 512 * MIB

# Git repositories of learners.
REPOSITORIES_S = 60.0
"""How long a lab's script may take to make those of a workspace."""
GIT_S = 20.0
"""How long one question to git may take."""
GIT_ANSWER_BYTES_MAX = 8 * MIB
REPOSITORY_RUN_S = 5.0
"""How long a program may take that is run from a commit."""
REPOSITORY_COMMITS_MAX = 5_000
REPOSITORY_SHOWN_LINES = 16
"""So much of a graph or a file stands in a failure."""

# The grader's HTTP client: what it takes from a program before it calls the reply too much.
REPLY_HEAD_BYTES_MAX = 64 * KIB
REPLY_HEADERS_MAX = 256
REPLY_INFORMATIONAL_MAX = 16
"""Replies of 1xx before the final one."""
REPLY_BODY_BYTES_MAX = 16 * MIB
REPLY_S = 3.0
QUIET_S = 0.15
"""How long "nothing more comes" listens."""

# The recorded wire.
WIRE_CONNECTION_BYTES_MAX = 2 * MIB
"""Kept per connection and direction; the rest is counted. Pools keep one connection for a whole run."""
WIRE_RUN_BYTES_MAX = 16 * MIB
WIRE_RECORDS_MAX = 50_000
HEARD_BYTES_MAX = 32 * MIB
"""What one door keeps in a run to be counted by checks."""
HEARD_PIECES_MAX = 500_000

# The warm bench.
BENCH_IDLE_S = 15 * 60.0
"""Without a run or a lease for so long, it ends."""
BENCH_IDLE_BYTES_MAX = 1024 * MIB
"""Memory (PSS) of the daemon, its zygote and all servers while nobody uses them; servers end until it holds."""

# What stays on the learner's disk.
RUNS_KEPT_MAX = 50
RUNS_BYTES_MAX = 512 * MIB
BUILDS_BYTES_MAX = 1024 * MIB

# The history and the questions.
HISTORY_LINE_BYTES_MAX = MIB
"""One event of an imported file."""
HISTORY_LINES_MAX = 1_000_000
"""Events of an imported file: a life of study is a tenth of it."""

# What learners type as an answer to a question.
ANSWER_CHARACTERS_MAX = 500
PATTERN_CPU_S = 2
"""Processor seconds after which a regular expression counts as one that never ends."""
PATTERN_WALL_S = 30.0
"""After so long the machine, not the expression, is to blame."""
PATTERN_BYTES_MAX = 512 * MIB
"""Memory of the process that tries a regular expression."""
