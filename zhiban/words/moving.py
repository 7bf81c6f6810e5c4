"""What is said of a city that moves: why it may not, how far it is, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping

ZH: Mapping[str, str] = {
    "help.store": "数据库：搬家、改分区数",
    "help.store copy": "把一座城市从一个数据库搬到另一个（SQLite 与 PostgreSQL 之间），可随时中断再续，逐行核对",
    "help.store repartition": "改变分区数：停下、读完、换新纪元",
    "help.store reopen": "撤销搬家：让原来的数据库可以再用",
    "option.SOURCE": "从哪里：数据库的 URL，例如 sqlite:///zhiban.db",
    "option.TARGET": "到哪里：数据库的 URL，例如 postgresql://zhiban@db/zhiban",
    "option.--partitions": "新的分区数；默认按 [cluster] partitions，SQLite 为 1",
    "option.COUNT": "新的分区数",
    "option.URL": "数据库的 URL；默认用 zhiban.toml 中的",
    "move.copying": "复制",
    "move.comparing": "核对",
    "table": "表",
    "rows": "行数",
    "here": "来源",
    "there": "去处",
    "move.done": "已搬到 {there}：第 {epoch} 纪元，{partitions} 个分区，两边逐行一致。",
    "move.before": "{there}：早已搬完，没有要做的。",
    "move.behind": "注意：日志已到 {until}，而新数据库的时钟还没有到；在那之前不出新结论。",
    "move.next.kafka": "接下来：zhiban.toml 的 [watch] store 写新数据库，[cluster] partitions = {partitions}；"
    "`zhiban topics create`；先启动 agents 和 connectors，再启动 desk 和 senders。证据文件夹不用搬。",
    "move.next.table": "接下来：zhiban.toml 的 [watch] store 写新数据库，然后 `zhiban run`。证据文件夹不用搬。",
    "move.cut": "已改为 {partitions} 个分区，第 {epoch} 纪元。接下来：zhiban.toml 的 [cluster] partitions ="
    " {partitions}，"
    "换一个 prefix（或给原主题增加分区），`zhiban topics create`，再启动工作进程。",
    "move.reopened": "{here} 可以再用了。搬到 {there} 的那一份不要再启动，否则同一件事会通知两次。",
    "move.differs": "两边不一致，{there} 没有启用：{why}。请清空 {there} 后重新搬",
    # why not
    "refused.url": "{name}：应为 sqlite:///文件 或 postgresql://用户@主机/库",
    "refused.memory": "{name}：内存中的数据库不能搬",
    "refused.no_file": "{name}：没有这个文件",
    "refused.no_driver": "{name}：没有安装 PostgreSQL 的驱动；请安装 zhiban[postgres]",
    "refused.away": "{name}：连不上：{detail}",
    "refused.no_city": "{store}：不是值班的数据库（没有表，应为版本 {expected}）",
    "refused.no_partitions": "数据库里还没有城市：从未启动过，没有要搬的",
    "refused.older": "{store}：表的版本为 {found}，应为 {expected}；先用本版本 `zhiban doctor` 升级，再搬",
    "refused.newer": "{store}：表的版本为 {found}，比本版本认识的 {expected} 新；请用更新的值班来搬",
    "refused.same": "来源和去处是同一个数据库",
    "refused.filling": "这个数据库还没有搬完（来自 {there}，{since} 开始），现在不能用；再运行一次 `zhiban store"
    " copy` 即可续完",
    "refused.leaving": "这座城市正在搬到 {there}（{since} 开始），不能再启动；再运行 `zhiban store copy` 续完，"
    "或用 `zhiban store reopen` 撤销",
    "refused.moved": "这座城市已搬到 {there}（{since} 开始），请在那里启动；要回到这里，用 `zhiban store copy`"
    " 搬回一个空数据库，"
    "或用 `zhiban store reopen` 撤销搬家",
    "refused.two_copies": "另一个 `zhiban store copy` 正在写这个数据库（来自 {there}）；只留一个",
    "refused.filling_other": "去处里有搬了一半的另一份（来自 {there}）；请清空它，或换一个空数据库",
    "refused.other_count": "分区数 {found}：这次搬家是按 {expected} 个分区开始的；照旧，或清空去处重新开始",
    "refused.full": "{there}：表 {table} 里已有数据；应为空数据库",
    "refused.unfit": "{table}.{column}（{row}）：{found} 个字符，或含有 NUL；PostgreSQL 最多接受 {expected} 个，"
    "不含 NUL；请先改正",
    "refused.lease_worker": "工作进程还在运行（{holder}，到 {until}）；请先停下全部工作进程",
    "refused.lease_looks": "还有 {holder} 次读取没有结束（到 {until}）；请先停下 `zhiban run` 或全部工作进程，"
    "刚被强行终止的请等到那时",
    "refused.lease_letters": "还有 {holder} 封通知正在发送（到 {until}）；请先停下 `zhiban run` 或全部工作进程",
    "refused.connected": "还有 {count} 个值班进程连着这个数据库；请先停下它们",
    "refused.open": "{path}：另一个进程正开着它；请先停下 `zhiban run`",
    "refused.undrained": "还有 {count} 条记录没有判完（分区 {partitions}）；请运行一次 `zhiban run`，正常停下，再来",
    "refused.unrelayed": "还有 {count} 条登记没有送进 Kafka（分区 {partitions}）；请启动 connectors 和 agents"
    " 片刻，再来",
    "refused.unread": "Kafka 里还有 {count} 条记录没有判完（分区 {partitions}）；请启动 agents，等读完再来",
    "refused.no_kafka": "这个数据库的日志在 Kafka，要先看它是否读完：请在 zhiban.toml 写上 [cluster] kafka 和 prefix",
    "refused.no_kafka_there": "去处是 PostgreSQL，而 zhiban.toml 没有 [cluster] kafka；请写上，"
    "或用 --partitions 1（在 PostgreSQL 上 `zhiban run`）",
    "refused.one_partition": "分区数 {found}：不用 Kafka 时应为 1",
    "refused.count": "分区数 {found}：应为 1 或更大",
    "refused.no_broker": "{servers}：Kafka 没有应答：{detail}",
    "refused.no_topic": "Kafka 里没有主题 {topic}；请核对 [cluster] prefix",
    "refused.other_topic": "主题有 {found} 个分区，数据库有 {expected} 个；请核对 [cluster] prefix",
    "refused.log_table": "这个数据库的日志是它自己的表（`zhiban run` 用过它）；要用 Kafka，先 `zhiban store copy`"
    " 或 `zhiban store repartition`",
    "refused.log_kafka": "这个数据库的日志在 Kafka（工作进程用过它）；要用 `zhiban run`，先 `zhiban store copy`"
    " 搬到另一个数据库",
    "refused.stays": "{here}：没有搬走，不用撤销",
    "refused.missing_in": "{table}：去处没有 {row}",
    "refused.extra_in": "{table}：去处多出 {row}",
    "refused.differs": "{table}：{row} 的 {column} 不同",
}

EN: Mapping[str, str] = {
    "help.store": "The database: move a city, change the number of partitions",
    "help.store copy": "Move a city between SQLite and PostgreSQL: goes on after any interruption, compared row by row",
    "help.store repartition": "Another number of partitions: stop, drain, a new epoch",
    "help.store reopen": "Take a move back: the store that was left may be used again",
    "option.SOURCE": "From where: a database URL such as sqlite:///zhiban.db",
    "option.TARGET": "To where: a database URL such as postgresql://zhiban@db/zhiban",
    "option.--partitions": "The new number of partitions; by default that of [cluster], and 1 for SQLite",
    "option.COUNT": "The new number of partitions",
    "option.URL": "The database's URL; that of zhiban.toml by default",
    "move.copying": "copying",
    "move.comparing": "comparing",
    "table": "table",
    "rows": "rows",
    "here": "from",
    "there": "to",
    "move.done": "Moved to {there}: epoch {epoch}, {partitions} partitions, the same on both sides row by row.",
    "move.before": "{there}: was moved before, nothing to do.",
    "move.behind": "Note: the log has come to {until}, and the new database's clock has not: no verdict is given"
    " until then.",
    "move.next.kafka": "Next: in zhiban.toml the new database as [watch] store, and [cluster] partitions ="
    " {partitions};"
    " `zhiban topics create`; start agents and connectors first, then desk and senders. The evidence folder stays.",
    "move.next.table": "Next: in zhiban.toml the new database as [watch] store, then `zhiban run`. The evidence"
    " folder stays.",
    "move.cut": "{partitions} partitions now, epoch {epoch}. Next: in zhiban.toml [cluster] partitions ="
    " {partitions} and"
    " another prefix (or add partitions to the topics), `zhiban topics create`, then start the workers.",
    "move.reopened": "{here} may be used again. Do not start what went to {there}: everybody would be told twice.",
    "move.differs": "the two sides are not the same, and {there} was not opened: {why}. Empty {there}, and copy anew",
    "refused.url": "{name}: expected sqlite:///FILE or postgresql://USER@HOST/DATABASE",
    "refused.memory": "{name}: a database in memory cannot be moved",
    "refused.no_file": "{name}: not found",
    "refused.no_driver": "{name}: no driver for PostgreSQL is installed; install zhiban[postgres]",
    "refused.away": "{name}: no connection: {detail}",
    "refused.no_city": "{store}: not a store of Zhiban (no tables, expected version {expected})",
    "refused.no_partitions": "there is no city in it yet: it was never started, and there is nothing to move",
    "refused.older": "{store}: its tables are of version {found}, expected {expected}; run this version's `zhiban"
    " doctor`"
    " on it first",
    "refused.newer": "{store}: its tables are of version {found}, newer than {expected}, the newest known here;"
    " move it with a"
    " newer Zhiban",
    "refused.same": "from and to are the same database",
    "refused.filling": "a copy has not finished filling this store (from {there}, begun {since}): it cannot be"
    " used yet; run"
    " `zhiban store copy` again, and it goes on",
    "refused.leaving": "this city is moving to {there} (begun {since}) and must not be started here; run `zhiban"
    " store copy`"
    " again to go on, or `zhiban store reopen` to take it back",
    "refused.moved": "this city moved to {there} (begun {since}): start it there; to come back, `zhiban store"
    " copy` it into an"
    " empty database, or take the move back with `zhiban store reopen`",
    "refused.two_copies": "another `zhiban store copy` writes into this database (from {there}); leave one",
    "refused.filling_other": "the target holds a half-done copy of something else (from {there}); empty it, or"
    " take an empty"
    " database",
    "refused.other_count": "{found} partitions: this copy was begun for {expected}; keep to that, or empty the"
    " target and begin"
    " anew",
    "refused.full": "{there}: table {table} holds rows; expected an empty database",
    "refused.unfit": "{table}.{column} ({row}): {found} characters, or a NUL; PostgreSQL takes at most"
    " {expected}, without NUL;"
    " put it right first",
    "refused.lease_worker": "a worker is at work ({holder}, until {until}); stop every worker first",
    "refused.lease_looks": "{holder} looks are under way (until {until}); stop `zhiban run` or every worker"
    " first; after a kill,"
    " wait until then",
    "refused.lease_letters": "{holder} letters are being sent (until {until}); stop `zhiban run` or every worker first",
    "refused.connected": "{count} connections of Zhiban are open to this database; stop what holds them first",
    "refused.open": "{path}: another process has it open; stop `zhiban run` first",
    "refused.undrained": "{count} records are not judged yet (partitions {partitions}); start `zhiban run` once,"
    " stop it"
    " in the ordinary way, and come again",
    "refused.unrelayed": "{count} facts are not in Kafka yet (partitions {partitions}); start connectors and"
    " agents for a while,"
    " and come again",
    "refused.unread": "{count} records in Kafka are not judged yet (partitions {partitions}); start agents, and"
    " come again when"
    " they are",
    "refused.no_kafka": "this store's log is in Kafka, which must be asked whether it is drained: name [cluster]"
    " kafka and prefix"
    " in zhiban.toml",
    "refused.no_kafka_there": "the target is PostgreSQL, and zhiban.toml names no [cluster] kafka; name it, or say"
    " --partitions 1 (for `zhiban run` on PostgreSQL)",
    "refused.one_partition": "{found} partitions: expected 1 where there is no Kafka",
    "refused.count": "{found} partitions: expected 1 or more",
    "refused.no_broker": "{servers}: Kafka does not answer: {detail}",
    "refused.no_topic": "no topic {topic} in Kafka; is [cluster] prefix right?",
    "refused.other_topic": "the topic has {found} partitions and the store {expected}; is [cluster] prefix right?",
    "refused.log_table": "this store's log is its own table (`zhiban run` has used it); for Kafka, `zhiban store"
    " copy` or"
    " `zhiban store repartition` first",
    "refused.log_kafka": "this store's log is in Kafka (workers have used it); for `zhiban run`, `zhiban store"
    " copy` it into"
    " another database first",
    "refused.stays": "{here}: has not moved, there is nothing to take back",
    "refused.missing_in": "{table}: the target lacks {row}",
    "refused.extra_in": "{table}: the target has {row} besides",
    "refused.differs": "{table}: {row} differs in {column}",
}
