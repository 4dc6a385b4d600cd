//! `apply`: brings a node to hold what a file says, after showing what that changes.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use proxysql_kit::admin::net::{Applied, ApplyError, ApplyOptions, NodeUrl, PutBack};
use proxysql_kit::cluster::{Layers, ModuleLayers, what_runs, would_run};
use proxysql_kit::config::{self, Config, Layer, LoadModule, Plan};
use proxysql_kit::schema::{Module, Table, Text};
use serde_json::{Value as Json, json};

use super::config_source::{self, Read};
use super::nodes::{self, Connecting, Trouble};
use super::{Exit, Output, Reading, diff, report, source};

// Each says yes or no to something of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(clap::Args, Debug)]
#[command(after_help = "\
In the end the node holds and runs what a fresh node would that is started with the file: variables that the file does \
not name go back to their defaults, and tables that it does not name become empty (see --keep-unnamed). Tables that \
no cnf can hold, such as mysql_query_rules_fast_routing, stay as they are when a cnf is applied.
A module is loaded to runtime if something changes in it, and also if memory is as wanted and what runs is not. \
Servers that the monitor moved between hostgroups are no difference.
After an error, memory is put back as it was; what was loaded or saved by then stays.
Exit codes: 0 the node is as wanted; 1 there is something to do (--dry-run), or the node did not take all of it over; \
2 declined, or an error.")]
pub(crate) struct Options {
    /// What the node shall hold: a file, a ConfigMap, another node
    #[arg(value_name = "SOURCE")]
    from: PathBuf,
    /// The node: `mysql://user@host:6032`; where the host stands for several, each of them, one after the other
    #[arg(value_name = "URL")]
    to: String,
    /// Only show what it would do; exits with 1 if that is anything
    #[arg(long)]
    dry_run: bool,
    /// Also SAVE ... TO DISK what changed, and what is not on disk as it is wanted
    #[arg(long)]
    save: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// What looks like a placeholder, `${VAR}`, is a value
    #[arg(long)]
    literal: bool,
    /// Change memory only, without LOAD ... TO RUNTIME
    #[arg(long)]
    no_load: bool,
    /// Keep variables and tables that the file does not name. Without it they become what a fresh node with that file
    /// has: a variable its default, a table empty
    #[arg(long)]
    keep_unnamed: bool,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let url = match nodes::url(&options.to) {
        Ok(url) if url.layer() == Layer::Memory => url,
        Ok(url) => {
            let trouble =
                Trouble::new(format!("{url}: what changes is memory, which is then loaded and saved"));
            return trouble.help("leave the layer out, or name memory").tell().map(|()| Exit::Failed);
        }
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    let several = nodes::block_on(async { Ok(options.nodes.several(&url).await) })?;
    if several.is_empty() {
        let (exit, told) = apply_to(options, &url, output)?;
        return told.map_or(Ok(()), |told| report::json(&told)).map(|()| exit);
    }
    if options.from.as_os_str() == "-" {
        let trouble = Trouble::new("standard input is read once, and there are several nodes: name a file");
        return trouble.tell().map(|()| Exit::Failed);
    }
    let (mut worst, mut all) = (Exit::Fine, Vec::new());
    for address in several {
        if !output.is_json() {
            writeln!(
                anstream::stdout(),
                "\x1b[1m{address}\x1b[0m, one of the nodes behind `{}`",
                url.host()
            )?;
        }
        options.nodes.mean(&url, address);
        let (exit, told) = apply_to(options, &url, output)?;
        worst = worst.max(exit);
        all.extend(told.map(|mut told| {
            told["address"] = json!(address.to_string());
            told
        }));
        // Who said no, or saw one fail, looks first.
        if exit == Exit::Failed {
            break;
        }
    }
    if output.is_json() {
        report::json(&json!({ "nodes": all }))?;
    }
    Ok(worst)
}

/// Applies the source to one node; with what machines are told of it.
fn apply_to(options: &Options, url: &NodeUrl, output: &Output) -> std::io::Result<(Exit, Option<Json>)> {
    let failed = |trouble: Trouble| trouble.tell().map(|()| (Exit::Failed, None));
    let sides = [options.from.as_path(), options.to.as_ref()];
    let Ok([from, now]) = config_source::open_both(sides, &options.reading, &options.nodes, output)? else {
        return Ok((Exit::Failed, None));
    };
    if let Some(placeholder) = from.placeholder.as_ref().filter(|_| !options.literal) {
        let trouble = Trouble::new(format!("nobody has filled in `{placeholder}`: it would become a value"));
        let help = "`proxysql-kit render` fills in placeholders, and `apply -` takes what it prints; `--literal` if it \
                    is a value";
        return failed(trouble.help(help));
    }
    if options.keep_unnamed && from.named.is_none() {
        let trouble = Trouble::new("`--keep-unnamed` needs a cnf: the other forms speak of all there is");
        return failed(trouble);
    }
    let target = Target {
        form_holds_all: from.form_holds_all,
        is_assumed: now.node.as_ref().is_some_and(|(version, _)| version.is_assumed),
        memory: completed(from, &now.config, options.keep_unnamed)?,
    };
    let work = match work(options, url, &now.config, &target)? {
        Ok(work) => work,
        Err(trouble) => return failed(trouble),
    };
    if !output.is_json() {
        show(&work, output)?;
    }
    let name = source::name(&options.from);
    let tell = |done: Json| {
        let todo = work.as_json(output);
        output.is_json().then(|| {
            json!({
                "source": name,
                "node": url.to_string(),
                "equal": work.is_nothing(),
                "dry_run": options.dry_run,
                "plan": todo["plan"],
                "not_loaded": todo["not_loaded"],
                "to_load": todo["to_load"],
                "to_save": todo["to_save"],
                "applied": done["applied"],
                "left": done["left"],
                "error": done["error"],
            })
        })
    };
    if work.is_nothing() || options.dry_run {
        let exit = if work.is_nothing() { Exit::Fine } else { Exit::Found };
        return Ok((exit, tell(json!({}))));
    }
    if !options.yes && !is_wanted(url, output)? {
        return Ok((Exit::Failed, None));
    }
    let how = ApplyOptions::new().load(!options.no_load).save(options.save);
    let how = how.load_also(work.to_load.iter().copied()).save_also(work.to_save.iter().copied());
    let carried_out = nodes::block_on(async {
        let mut client = match options.nodes.connect(url).await {
            Ok(client) => client,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let carried_out = client.apply(&work.plan, &how).await;
        client.close().await;
        Ok(Ok(carried_out))
    })?;
    match carried_out {
        Err(trouble) => {
            trouble.tell()?;
            Ok((Exit::Failed, tell(json!({ "error": trouble_as_json(&trouble) }))))
        }
        Ok(Ok(applied)) => {
            if !output.is_json() {
                writeln!(anstream::stdout(), "\x1b[32mapplied\x1b[0m: {applied}")?;
            }
            let left = match left(options, url, &target)? {
                Ok(left) => left,
                Err(trouble) => {
                    trouble.tell()?;
                    let done = json!({ "applied": as_json(&applied), "error": trouble_as_json(&trouble) });
                    return Ok((Exit::Failed, tell(done)));
                }
            };
            let told = tell(json!({ "applied": as_json(&applied), "left": left.as_json(output) }));
            if left.is_nothing() {
                return Ok((Exit::Fine, told));
            }
            if !output.is_json() {
                tell_left(&left, output)?;
            }
            Ok((Exit::Found, told))
        }
        Ok(Err(failed)) => {
            if !output.is_json() {
                tell_failure(&failed)?;
            }
            let done = json!({ "applied": as_json(&failed.applied), "error": error_as_json(&failed) });
            Ok((Exit::Failed, tell(done)))
        }
    }
}

/// What there is to do.
struct Work {
    /// What changes in memory.
    plan: Plan,
    /// What LOAD will change at runtime in modules in which nothing changes in memory.
    not_loaded: Plan,
    /// The modules to load, with those in which something changes.
    to_load: Vec<LoadModule>,
    /// The modules to save.
    to_save: Vec<LoadModule>,
}

impl Work {
    fn is_nothing(&self) -> bool {
        self.plan.is_empty() && self.to_load.is_empty() && self.to_save.is_empty()
    }

    fn as_json(&self, output: &Output) -> Json {
        let plan = |plan: &Plan| if output.show_secrets { json!(plan.with_secrets()) } else { json!(plan) };
        json!({
            "plan": plan(&self.plan),
            "not_loaded": plan(&self.not_loaded),
            "to_load": words(&self.to_load),
            "to_save": words(&self.to_save),
        })
    }
}

/// What is wanted of a node.
struct Target {
    memory: Config,
    /// Whether the source's form can hold every table.
    form_holds_all: bool,
    /// Whether the node's version is a guess.
    is_assumed: bool,
}

/// What is to be done where memory is as it is now.
fn work(
    options: &Options,
    url: &NodeUrl,
    now: &Config,
    target: &Target,
) -> std::io::Result<Result<Work, Trouble>> {
    let Target { memory: wanted, form_holds_all, is_assumed } = target;
    let plan = config::diff(now, wanted);
    let mut work = Work { not_loaded: plan.only(&[]), to_load: Vec::new(), to_save: Vec::new(), plan };
    if options.no_load && !options.save {
        return Ok(Ok(work));
    }
    let beside = nodes::block_on(async { Ok(options.nodes.fetch_loaded(url, options.save).await) })?;
    let (mut loaded, mut saved) = match beside {
        Ok(beside) => beside,
        Err(trouble) => return Ok(Err(trouble)),
    };
    if *is_assumed {
        [Some(&mut loaded), saved.as_mut()].into_iter().flatten().for_each(config_source::forget_others);
    }
    let changed = work.plan.modules();
    let layers = Layers::of(wanted, &loaded, saved.as_ref().unwrap_or(wanted));
    for module in LoadModule::ALL.into_iter().filter(|module| module.is_in(now.version)) {
        let is_changed = changed.contains(&module);
        let is_spoken_of = *form_holds_all
            || module.variables().is_some()
            || module.tables(now.version).any(|table| table.cnf_section().is_some());
        let layers = layers.module(module).filter(|_| is_spoken_of);
        let differs =
            |plan: fn(&ModuleLayers) -> &Plan| layers.is_some_and(|layers| !plan(layers).is_empty());
        if !options.no_load && (is_changed || differs(|layers| &layers.to_runtime)) {
            work.to_load.push(module);
        }
        if options.save && module.has_disk() && (is_changed || differs(|layers| &layers.to_disk)) {
            work.to_save.push(module);
        }
    }
    let not_loaded: Vec<_> =
        work.to_load.iter().copied().filter(|module| !changed.contains(module)).collect();
    work.not_loaded = config::diff(&what_runs(&loaded), &would_run(wanted, &loaded)).only(&not_loaded);
    Ok(Ok(work))
}

/// What is left to do when all was done: what the node did not take over.
fn left(options: &Options, url: &NodeUrl, target: &Target) -> std::io::Result<Result<Work, Trouble>> {
    let fetched = nodes::block_on(async { Ok(options.nodes.fetch(url).await) })?;
    let mut now = match fetched {
        Ok(fetched) => fetched.config,
        Err(trouble) => return Ok(Err(trouble)),
    };
    now.settings.clone_from(&target.memory.settings);
    if target.is_assumed {
        config_source::forget_others(&mut now);
    }
    work(options, url, &now, target)
}

fn tell_left(left: &Work, output: &Output) -> std::io::Result<()> {
    writeln!(
        anstream::stderr(),
        "\x1b[33mwarning\x1b[0m: the node did not take all of it over; this is left:"
    )?;
    show(left, output)?;
    let help = "LOAD puts back what the node refuses, and what changes only when it starts, such as mysql-threads; \
                `--no-load --save` puts that on disk, for its next start";
    writeln!(anstream::stderr(), "help: {help}")
}

/// What memory shall hold: what the source says, and what is there already where its form cannot say anything, or
/// where it says nothing and that is kept.
fn completed(wanted: Read, now: &Config, keep_unnamed: bool) -> std::io::Result<Config> {
    let Read { mut config, form_holds_all, named, .. } = wanted;
    // SQL does not reach what stands outside of sections.
    config.settings = now.settings.clone();
    let is_unnamed = |name: &str| keep_unnamed && named.as_ref().is_some_and(|named| !named.contains(name));
    let mut out = anstream::stderr().lock();
    for schema in Table::of(now.version) {
        let table = schema.table();
        let is_left = match schema.cnf_section() {
            None if !form_holds_all => {
                if !now.table(table).is_empty() {
                    writeln!(out, "note: no cnf has {}: it stays as it is", schema.name())?;
                }
                true
            }
            section => section.is_some_and(is_unnamed),
        };
        if is_left {
            config_source::take_table(&mut config, now, table);
        }
    }
    for module in Module::ALL.into_iter().filter(|module| module.is_in(now.version)) {
        for variable in module.variables(now.version).iter().filter(|known| is_unnamed(&known.full_name())) {
            let text = now.variables(module).text(variable.position());
            // It is one of its texts.
            let _ = config.variables_mut(module).set_text(variable.position(), &text);
        }
        if keep_unnamed {
            let others = config.variables_mut(module).others_mut();
            let is_new = |(name, _): &&(Text, Text)| others.iter().all(|(known, _)| known != name);
            let kept: Vec<_> = now.variables(module).others().iter().filter(is_new).cloned().collect();
            others.extend(kept);
        }
    }
    Ok(config)
}

fn show(work: &Work, output: &Output) -> std::io::Result<()> {
    let text =
        |plan: &Plan| if output.show_secrets { plan.with_secrets().to_string() } else { plan.to_string() };
    if !work.plan.is_empty() || work.is_nothing() {
        diff::coloured(&text(&work.plan))?;
    }
    let mut out = anstream::stdout().lock();
    let rest = |modules: &[LoadModule]| {
        let concerned = work.plan.modules();
        let rest: Vec<_> = modules.iter().filter(|module| !concerned.contains(module)).copied().collect();
        (!rest.is_empty()).then(|| words(&rest).join(", "))
    };
    if let Some(modules) = rest(&work.to_load) {
        writeln!(out, "memory holds it, and it does not run; LOAD will bring to runtime ({modules}):")?;
        diff::coloured(&text(&work.not_loaded))?;
    }
    if let Some(modules) = rest(&work.to_save) {
        writeln!(out, "not on disk as it is wanted; SAVE will bring it there: {modules}")?;
    }
    let doors = ["admin-admin_credentials", "admin-mysql_ifaces"];
    let mut out = anstream::stderr().lock();
    for variable in work.plan.variables() {
        let name = variable.full_name().to_string();
        if doors.contains(&name.as_str()) {
            writeln!(out, "\x1b[33mwarning\x1b[0m: `{name}` changes: who may come in, or where")?;
        }
    }
    Ok(())
}

/// Whether somebody at the terminal says so.
fn is_wanted(url: &NodeUrl, output: &Output) -> std::io::Result<bool> {
    if output.is_json() || !std::io::stdin().is_terminal() {
        let trouble = Trouble::new("nothing was applied: there is nobody to ask");
        trouble.help("`--yes` applies it without asking, `--dry-run` only shows it").tell()?;
        return Ok(false);
    }
    let mut out = anstream::stderr().lock();
    write!(out, "Apply this to {url}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let is_wanted = ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str());
    if !is_wanted {
        writeln!(out, "nothing was applied")?;
    }
    Ok(is_wanted)
}

fn tell_failure(failed: &ApplyError) -> std::io::Result<()> {
    let mut trouble = Trouble::new(format!("stopped at `{}`: {}", failed.failed, failed.error));
    trouble.help = nodes::way_out(&failed.error);
    trouble.tell()?;
    let mut out = anstream::stderr().lock();
    writeln!(out, "applied before: {}", failed.applied)?;
    writeln!(out, "not applied:    {}", failed.failed)?;
    for step in &failed.not_applied {
        writeln!(out, "                {step}")?;
    }
    match &failed.put_back {
        PutBack::Failed(error) => writeln!(out, "memory could not be put back: {error}"),
        _ => writeln!(out, "memory is as it was before"),
    }
}

fn words(modules: &[LoadModule]) -> Vec<&'static str> {
    modules.iter().map(|module| module.words()).collect()
}

fn trouble_as_json(trouble: &Trouble) -> Json {
    json!({ "message": trouble.message, "help": trouble.help })
}

fn as_json(applied: &Applied) -> Json {
    json!({ "changes": applied.changes, "loaded": words(&applied.loaded), "saved": words(&applied.saved) })
}

fn error_as_json(failed: &ApplyError) -> Json {
    let steps: Vec<String> = failed.not_applied.iter().map(ToString::to_string).collect();
    json!({
        "message": failed.error.to_string(),
        "help": nodes::way_out(&failed.error),
        "failed": failed.failed.to_string(),
        "not_applied": steps,
        "put_back": !matches!(failed.put_back, PutBack::Failed(_)),
    })
}
