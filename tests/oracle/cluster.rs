//! The checks of the `cluster.jsonl` and `peer_order.jsonl` vectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use proxysql_kit::cluster::{
    Address, Answer, CheckQuery, ChecksumRow, Content, Event, Input, Loaded, ModuleKind, ModuleState,
    MonitorQuery, Node, Now, Output, PeerId, PeerOrder, PerModule, PullAnswer, PullQuery, Rows, Settings,
};
use proxysql_kit::hash::Checksum;
use proxysql_kit::schema::Version;
use serde_json::{Value as Json, json};

use crate::support::same;

/// `peer_order.jsonl`: contents of `proxysql_servers`, and the order of the walk after each.
pub fn peer_order(vector: &Json) -> Result<(), String> {
    let mut order = PeerOrder::new();
    for (load, expected) in
        vector["loads"].as_array().unwrap().iter().zip(vector["orders"].as_array().unwrap())
    {
        let peers: Vec<&str> = load.as_array().unwrap().iter().map(|peer| peer.as_str().unwrap()).collect();
        let addresses: Vec<Address> = peers.iter().map(|peer| address(peer)).collect();
        order.load(&addresses);
        let ours: Vec<&str> = order.slots().map(|slot| peers[slot as usize]).collect();
        let theirs: Vec<&str> =
            expected.as_array().unwrap().iter().map(|peer| peer.as_str().unwrap()).collect();
        same("order", ours, theirs)?;
    }
    Ok(())
}

fn address(text: &str) -> Address {
    let (host, port) = text.rsplit_once(':').unwrap();
    Address::new(host, port.parse().unwrap())
}

/// `cluster.jsonl`: what a real node did with scripted peers.
pub fn cluster(vector: &Json) -> Result<(), String> {
    Run::new(vector).play()
}

/// A vector that is played: the driver of a node, and what it did.
struct Run<'v> {
    vector: &'v Json,
    node: Node,
    ms: u64,
    step: i64,
    peers: Vec<Address>,
    /// What a peer's monitor waits for.
    pending: BTreeMap<usize, (PeerId, Output)>,
    log: Vec<Json>,
    loads: Vec<Json>,
    /// Pulls of the vector, those that are left.
    pulls: Vec<&'v Json>,
    /// The one that goes on: its queries so far.
    pull: Option<Vec<PullQuery>>,
    /// Peers whose status was asked for, or whose thread ended, in this step.
    asked_status: bool,
    ended: bool,
    wrong: Vec<String>,
}

impl<'v> Run<'v> {
    fn new(vector: &'v Json) -> Self {
        let mut settings = Settings::new(Version::V2_7);
        settings.version_string = text(&vector["version"]);
        settings.uuid = text(&vector["uuid"]);
        settings.interfaces = "127.0.0.1:6032".into();
        set(&mut settings, &vector["settings"]);
        let own = PerModule::from_fn(|module| state(&vector["own"][module.name()]));
        let peers = vector["peers"].as_array().unwrap();
        Run {
            vector,
            node: Node::new(settings, own),
            ms: 0,
            step: -1,
            peers: peers
                .iter()
                .map(|peer| {
                    let port = peer["port"].as_u64().unwrap();
                    Address::new(text(&peer["hostname"]), u16::try_from(port).unwrap())
                })
                .collect(),
            pending: BTreeMap::new(),
            log: Vec::new(),
            loads: Vec::new(),
            pulls: vector["pulls"].as_array().unwrap().iter().collect(),
            pull: None,
            asked_status: false,
            ended: false,
            wrong: Vec::new(),
        }
    }

    fn play(mut self) -> Result<(), String> {
        let members: Vec<Address> = (0..self.peers.len())
            .filter(|index| self.vector["peers"][*index]["member"] == true)
            .map(|index| self.peers[index].clone())
            .collect();
        self.input(Input::Members(members));
        let steps = self.vector["steps"].as_array().unwrap();
        self.start();
        let first = &self.vector["peer_order"];
        self.same_order(first);
        for (index, step) in steps.iter().enumerate() {
            self.step = i64::try_from(index).unwrap();
            (self.asked_status, self.ended) = (false, false);
            match step["kind"].as_str().unwrap() {
                "check" => self.check(step),
                "connect" => self.connect(step),
                _ => self.admin(step),
            }
            self.compare(step);
            if let Some(why) = self.wrong.first() {
                return Err(format!("step {index}: {why}"));
            }
        }
        self.compare_whole();
        match self.wrong.first() {
            Some(why) => Err(why.clone()),
            None => Ok(()),
        }
    }

    /// Only the wall clock of a load comes from the vector; see `clock_of`.
    fn now(&self) -> Now {
        Now { ms: self.ms, unix: 0 }
    }

    /// The wall clock when these modules were loaded: the epoch that one of them got, if it is no peer's.
    fn clock_of(&self, modules: &[ModuleKind]) -> Now {
        let own = &self.vector["steps"][usize::try_from(self.step).unwrap()]["own"];
        let epochs = || modules.iter().filter_map(|module| own[module.name()]["epoch"].as_u64());
        let known = self.rows_epochs();
        let unix = epochs().find(|epoch| !known.contains(epoch)).or_else(|| epochs().next());
        Now { ms: self.ms, unix: unix.unwrap_or(0) }
    }

    /// Epochs that some peer has.
    fn rows_epochs(&self) -> Vec<u64> {
        let peers: Vec<PeerId> = self.node.peers().collect();
        peers
            .iter()
            .flat_map(|peer| ModuleKind::ALL.map(|module| self.node.heard(*peer, module).unwrap().epoch))
            .collect()
    }

    fn input(&mut self, input: Input) {
        self.input_at(input, self.now());
    }

    fn input_at(&mut self, input: Input, now: Now) {
        self.node.handle(input, now);
        self.collect();
    }

    /// Takes the node's outputs and lines. Pulls and waits for the lock are answered at once.
    fn collect(&mut self) {
        loop {
            while let Some(event) = self.node.next_event() {
                self.event(&event);
            }
            let Some(output) = self.node.poll() else { return };
            match output {
                Output::Connect(peer) | Output::Query(peer, _) | Output::Wait(peer, _) => {
                    let index = self.index_of(peer);
                    self.pending.insert(index, (peer, output));
                }
                Output::Close(_) => {}
                Output::Ended(peer) => {
                    self.pending.retain(|_, (other, _)| *other != peer);
                    self.ended = true;
                }
                Output::PullConnect(source) => {
                    self.pull = Some(Vec::new());
                    let pull = self.pulls.first().copied().cloned().unwrap_or_default();
                    let peer = pull["peer"].as_u64().map(|peer| &self.peers[usize::try_from(peer).unwrap()]);
                    if peer != Some(&source) || pull["step"] != self.step {
                        self.wrong.push(format!("a pull from {source} that the server did not do"));
                        return;
                    }
                    let answer = match &pull["error"] {
                        error if error["on"] == "connect" => PullAnswer::Refused(error_text(error)),
                        _ => PullAnswer::Connected,
                    };
                    self.input(Input::Pull(answer));
                }
                Output::PullQuery(query) => self.pull_query(query),
                Output::PullClose => self.close_pull(),
                Output::PullWait(until) => {
                    self.ms = until;
                    self.input(Input::Pull(PullAnswer::Awake));
                }
                Output::Load { module, content, save } => self.load(module, &content, save),
            }
        }
    }

    fn index_of(&self, peer: PeerId) -> usize {
        let address = self.node.address(peer).unwrap();
        self.peers.iter().position(|known| known == address).unwrap()
    }

    fn event(&mut self, event: &Event) {
        let text = event.to_string();
        if text.parse().as_ref() != Ok(event) && !matches!(event, Event::FetchTableFailed { .. }) {
            self.wrong.push(format!("not read back: {text}"));
        }
        match event {
            Event::LoadComputed { load, checksum, epoch } => self.loads.push(json!({
                "step": self.step, "load": load.to_string(),
                "checksum": checksum.unwrap().to_string(), "epoch": epoch,
            })),
            _ => {
                let level = event.level().to_string();
                let text = match event {
                    Event::QueryFailed { ms, .. } => {
                        text.replacen(&format!("after {ms}ms"), "after {MS}ms", 1)
                    }
                    _ => text,
                };
                self.log.push(json!({ "step": self.step, "level": level, "text": text }));
            }
        }
    }

    fn pull_query(&mut self, query: PullQuery) {
        let pull = self.pulls[0];
        let asked = self.pull.as_mut().unwrap();
        let at = asked.len();
        asked.push(query);
        let columns = query.columns(Version::V2_7);
        if query.text(Version::V2_7) != pull["queries"][at] {
            self.wrong.push(format!("{} is not {}", query.text(Version::V2_7), pull["queries"][at]));
            return;
        }
        if pull["columns"][at].is_array() && json!(columns) != pull["columns"][at] {
            self.wrong.push(format!("columns {columns:?} are not {}", pull["columns"][at]));
        }
        let answer = match pull["answered_rows"][at].as_array() {
            Some(rows) => PullAnswer::Rows(
                rows.iter()
                    .map(|row| row.as_array().unwrap().iter().map(Json::as_str).collect::<Vec<_>>())
                    .collect::<Rows>(),
            ),
            None => PullAnswer::Error(error_text(&pull["error"])),
        };
        self.input(Input::Pull(answer));
    }

    fn load(&mut self, module: ModuleKind, content: &Content, save: bool) {
        let pull = self.pulls[0];
        let own = &self.vector["steps"][usize::try_from(self.step).unwrap()]["own"];
        if pull["module"] != module.name() || pull["loaded"] != true || pull["saved"] != save {
            self.wrong.push(format!("{module} loaded, save {save}; the server: {pull}"));
        }
        let checksum = |module: ModuleKind| state(&own[module.name()]).checksum;
        let mut loaded = Loaded { checksum: checksum(module), ..Loaded::default() };
        if module == ModuleKind::MysqlServersV2 {
            loaded.running = checksum(ModuleKind::MysqlServers);
        }
        let Content::Rows(answers) = content else { panic!("rows were given") };
        let cell = |rows: &Rows, row, column| {
            String::from_utf8(rows.cell(row, column).unwrap_or_default().to_vec()).unwrap()
        };
        if module == ModuleKind::ProxysqlServers {
            let rows = &answers[0];
            let peer = |row| Address::new(cell(rows, row, 0), cell(rows, row, 1).parse().unwrap());
            loaded.members = Some((0..rows.len()).map(peer).collect());
        }
        if module == ModuleKind::AdminVariables {
            let mut settings = self.node.settings().clone();
            for row in 0..answers[0].len() {
                let name = cell(&answers[0], row, 0);
                settings.set(name.strip_prefix("admin-").unwrap(), &cell(&answers[0], row, 1));
            }
            loaded.settings = Some(Box::new(settings));
        }
        let modules = match module {
            ModuleKind::MysqlServersV2 => &[module, ModuleKind::MysqlServers][..],
            _ => &[module],
        };
        let now = self.clock_of(modules);
        self.input_at(Input::Loaded(loaded), now);
    }

    fn close_pull(&mut self) {
        let pull = self.pulls.remove(0);
        let asked = self.pull.take().unwrap_or_default();
        if asked.len() != pull["queries"].as_array().unwrap().len() {
            self.wrong.push(format!("{} queries, the server sent {}", asked.len(), pull["queries"]));
        }
    }

    /// Brings the monitors to their first check, except for peers whose first step says how they are used.
    fn start(&mut self) {
        for index in 0..self.peers.len() {
            let first = self.vector["steps"].as_array().unwrap().iter().find(|step| step["peer"] == index);
            match first {
                Some(step) if step["kind"] == "connect" => self.first_failures(index, step),
                _ => self.until_check(index),
            }
        }
    }

    /// The failures that were logged before the first step.
    fn first_failures(&mut self, index: usize, step: &Json) {
        let peer = self.peers[index].to_string();
        let count = self.lines_of(-1, &peer, "WARNING");
        for _ in 0..count {
            self.fail(index, step);
        }
    }

    /// How many lines of a step are about a peer, at a level.
    fn lines_of(&self, step: i64, peer: &str, level: &str) -> usize {
        let lines = self.vector["log"].as_array().unwrap().iter();
        lines
            .filter(|line| line["step"] == step && line["level"] == level)
            .filter(|line| line["text"].as_str().unwrap().contains(peer))
            .count()
    }

    /// Lets a connection fail as a step says, and waits for the next one.
    fn fail(&mut self, index: usize, step: &Json) {
        self.until_connect(index);
        let how = step["how"].as_str().or(step["reconnect"].as_str()).unwrap();
        match how {
            "uuid_error" => {
                self.answer(index, Answer::Connected);
                self.answer(index, Answer::Version(Some(text(&self.vector["version"]))));
                self.answer(index, Answer::Error("no".into()));
            }
            "other_version" => {
                self.answer(index, Answer::Connected);
                self.answer(index, Answer::Version(Some(text(&step["version"]))));
            }
            _ => {
                let line = self.line_at(self.log.len());
                let error = line.split(" . Error: ").nth(1).unwrap_or_default().to_owned();
                self.answer(index, Answer::Refused(error.into()));
            }
        }
    }

    /// The text of the vector's line about the peer that fails next.
    fn line_at(&self, _index: usize) -> String {
        let lines = self.vector["log"].as_array().unwrap();
        let is_failure = |line: &&Json| line["text"].as_str().unwrap().contains("unable to connect to peer");
        let done = self.log.iter().filter(|line| is_failure(line)).count();
        lines
            .iter()
            .filter(is_failure)
            .nth(done)
            .map_or(String::new(), |line| line["text"].as_str().unwrap().to_owned())
    }

    fn answer(&mut self, index: usize, answer: Answer) {
        let Some((peer, _)) = self.pending.remove(&index) else {
            self.wrong.push(format!("peer {index} waits for nothing"));
            return;
        };
        self.input(Input::Peer(peer, answer));
    }

    /// Lets time pass until a monitor connects.
    fn until_connect(&mut self, index: usize) {
        while let Some((_, Output::Wait(_, until))) = self.pending.get(&index) {
            self.ms = self.ms.max(*until);
            self.answer(index, Answer::Awake);
        }
    }

    /// Lets a monitor connect, if it does, and go on until it asks for the global checksum.
    fn until_check(&mut self, index: usize) {
        for _ in 0..10 {
            let answer = match self.pending.get(&index) {
                Some((_, Output::Wait(_, until))) => {
                    if self.node.settings().username.is_empty() {
                        return;
                    }
                    self.ms = self.ms.max(*until);
                    Answer::Awake
                }
                Some((_, Output::Connect(_))) => Answer::Connected,
                Some((_, Output::Query(_, MonitorQuery::Version))) => {
                    Answer::Version(Some(text(&self.vector["version"])))
                }
                Some((_, Output::Query(_, MonitorQuery::Uuid))) => Answer::Done,
                _ => return,
            };
            self.answer(index, answer);
        }
    }

    fn waits_for(&self, index: usize, query: CheckQuery) -> bool {
        matches!(self.pending.get(&index), Some((_, Output::Query(_, MonitorQuery::Check(asked)))) if *asked == query)
    }

    fn check(&mut self, step: &'v Json) {
        let index = usize::try_from(step["peer"].as_u64().unwrap()).unwrap();
        let error = &step["error"];
        let failure = |query: CheckQuery| {
            (error["on"] == query.text()).then(|| {
                if error["closed"] == true {
                    Answer::Lost("{TLS_ERROR}".into())
                } else {
                    Answer::Error(error_text(error))
                }
            })
        };
        self.until_check(index);
        if !self.waits_for(index, CheckQuery::GlobalChecksum) {
            self.wrong.push(format!("peer {index} does not ask for the global checksum"));
            return;
        }
        let global = step["global_checksum"].as_str().and_then(|number| number.parse().ok());
        self.answer(index, failure(CheckQuery::GlobalChecksum).unwrap_or(Answer::Global(global)));
        if self.waits_for(index, CheckQuery::ChecksumRows) {
            if step["rows"].is_null() && error["on"] != CheckQuery::ChecksumRows.text() {
                self.wrong.push("asks for rows, the server did not".to_owned());
            }
            let rows = step["rows"].as_array().map_or(Vec::new(), |rows| rows.iter().map(row).collect());
            self.answer(index, failure(CheckQuery::ChecksumRows).unwrap_or(Answer::Checksums(rows)));
        } else if !step["rows"].is_null() {
            self.wrong.push("does not ask for rows, the server did".to_owned());
        }
        if self.waits_for(index, CheckQuery::Status) {
            self.asked_status = true;
            self.answer(index, failure(CheckQuery::Status).unwrap_or(Answer::Done));
        }
        if step["reconnect"].is_string() {
            let failures = self.lines_of(self.step, &self.peers[index].to_string(), "WARNING");
            for _ in 0..failures {
                self.fail(index, step);
            }
        }
        self.until_check(index);
        // New peers come to their first check in the step in which they were pulled.
        for other in 0..self.peers.len() {
            let is_new = self.vector["peers"][other]["member"] == false;
            if is_new && matches!(self.pending.get(&other), Some((_, Output::Connect(_)))) {
                self.until_check(other);
            }
        }
    }

    fn connect(&mut self, step: &'v Json) {
        let index = usize::try_from(step["peer"].as_u64().unwrap()).unwrap();
        let failures = self.lines_of(self.step, &self.peers[index].to_string(), "WARNING");
        let failures = if step["how"] == "uuid_error" { self.uuid_errors(index) } else { failures };
        for _ in 0..failures {
            self.fail(index, step);
        }
        self.until_check(index);
    }

    /// An error to the uuid is not logged, but each connection is.
    fn uuid_errors(&self, index: usize) -> usize {
        let lines = self.vector["log"].as_array().unwrap().iter();
        let sent = lines.filter(|line| {
            line["step"] == self.step
                && line["text"].as_str().unwrap().contains("sending CLUSTER_NODE_UUID")
                && line["text"].as_str().unwrap().ends_with(&self.peers[index].to_string())
        });
        sent.count().saturating_sub(1)
    }

    fn admin(&mut self, step: &'v Json) {
        let mut settings = self.node.settings().clone();
        set(&mut settings, &step["settings"]);
        if settings != *self.node.settings() {
            self.input(Input::Settings(Box::new(settings)));
        }
        let queries = step["queries"].as_array().unwrap().iter().map(|query| query.as_str().unwrap());
        for query in queries.filter(|query| query.starts_with("LOAD")) {
            for module in ModuleKind::ALL.into_iter().filter(|module| query.contains(module.words())) {
                let checksum = state(&step["own"][module.name()]).checksum;
                let now = self.clock_of(&[module]);
                self.input_at(Input::Operator { module, checksum }, now);
            }
            if query.starts_with("LOAD PROXYSQL SERVERS TO RUN") && step["peer_order"].is_array() {
                let order = step["peer_order"].as_array().unwrap().iter();
                let mut members: Vec<Address> = order
                    .map(|index| self.peers[usize::try_from(index.as_u64().unwrap()).unwrap()].clone())
                    .collect();
                members.sort();
                self.input(Input::Members(members));
            }
        }
        for index in 0..self.peers.len() {
            if matches!(self.pending.get(&index), Some((_, Output::Wait(_, _) | Output::Connect(_)))) {
                self.until_check(index);
            }
        }
    }

    fn compare(&mut self, step: &Json) {
        if self.asked_status != (step["status_query"] == true) {
            self.wrong.push(format!("status asked for: {}", self.asked_status));
        }
        if self.ended != (step["thread_closed"] == true) {
            self.wrong.push(format!("thread ended: {}", self.ended));
        }
        if let Some(index) = step["peer"].as_u64() {
            let peer = self.node.peer(&self.peers[usize::try_from(index).unwrap()]);
            let counts: BTreeMap<&str, u32> = ModuleKind::ALL
                .iter()
                .filter_map(|module| Some((module.name(), self.node.diff_check(peer?, *module)?)))
                .filter(|(_, count)| *count > 0)
                .collect();
            let theirs = step["diff_check"].as_object().cloned().unwrap_or_default();
            self.same("diff_check", &json!(counts), &json!(theirs));
        }
        for module in ModuleKind::ALL {
            if step["own"][module.name()].is_object() {
                self.same_own(module, &step["own"][module.name()]);
            }
        }
        if step["peer_order"].is_array() {
            self.same_order(&step["peer_order"]);
        }
        let lines = |log: &[Json], step: i64| -> Vec<Json> {
            log.iter().filter(|line| line["step"] == step).cloned().collect()
        };
        let (ours, theirs) =
            (lines(&self.log, self.step), lines(self.vector["log"].as_array().unwrap(), self.step));
        for at in 0..ours.len().max(theirs.len()) {
            let (ours, theirs) = (ours.get(at), theirs.get(at));
            if ours != theirs {
                self.wrong.push(format!("line {at}: ours {ours:?}, theirs {theirs:?}"));
            }
        }
    }

    fn compare_whole(&mut self) {
        for module in ModuleKind::ALL {
            self.same_own(module, &self.vector["own_after"][module.name()]);
        }
        let loads: Vec<Json> = self.loads.clone();
        self.same("loads", &json!(loads), &self.vector["loads"].clone());
        if !self.pulls.is_empty() {
            self.wrong.push(format!("not pulled: {}", self.pulls[0]));
        }
        // Before the first step, the order between peers means nothing.
        let first = |log: &[Json]| {
            let texts = log.iter().filter(|line| line["step"] == -1).map(|line| line["text"].to_string());
            let mut texts: Vec<String> = texts
                .filter(|text| !text.contains("Adding ProxySQL Servers") && !text.contains("sync_algorithm'"))
                .collect();
            texts.sort();
            texts
        };
        let (ours, theirs) = (first(&self.log), first(self.vector["log"].as_array().unwrap()));
        if ours != theirs {
            self.wrong.push(format!("before the first step: ours {ours:#?}, theirs {theirs:#?}"));
        }
    }

    fn same(&mut self, what: &str, ours: &Json, theirs: &Json) {
        if let Err(why) = same(what, ours, theirs) {
            self.wrong.push(why);
        }
    }

    fn same_own(&mut self, module: ModuleKind, theirs: &Json) {
        let ours = self.node.modules()[module];
        let ours = json!({
            "version": ours.version, "epoch": ours.epoch,
            "checksum": ours.checksum.map_or(String::new(), |checksum| checksum.to_string()),
        });
        self.same(module.name(), &ours, theirs);
    }

    fn same_order(&mut self, theirs: &Json) {
        let ours: Vec<usize> = self.node.peers().map(|peer| self.index_of(peer)).collect();
        self.same("peer_order", &json!(ours), theirs);
    }
}

fn text(json: &Json) -> Arc<str> {
    json.as_str().unwrap().into()
}

fn error_text(error: &Json) -> Arc<str> {
    error["message"].as_str().unwrap_or("{TLS_ERROR}").into()
}

fn state(json: &Json) -> ModuleState {
    ModuleState {
        version: json["version"].as_u64().unwrap_or_default(),
        epoch: json["epoch"].as_u64().unwrap_or_default(),
        checksum: json["checksum"].as_str().and_then(|text| text.parse::<Checksum>().ok()),
    }
}

fn row(row: &Json) -> ChecksumRow {
    let text = |at: usize| row[at].as_str().map_or_else(|| row[at].to_string(), str::to_owned);
    ChecksumRow::read(&text(0), &text(1), &text(2), &text(3))
}

/// Settings as a vector has them.
fn set(settings: &mut Settings, json: &Json) {
    for (name, value) in json.as_object().into_iter().flatten() {
        match name.as_str() {
            "monitor" => settings.monitor = value.as_bool().unwrap(),
            "cluster_sync_interfaces" => settings.sync_interfaces = value.as_bool().unwrap(),
            _ => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                settings.set(name, &text);
            }
        }
    }
}
