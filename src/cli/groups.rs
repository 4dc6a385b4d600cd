//! `--help` lists the commands in groups, which clap does not do.

use clap::Command;

/// The groups and their commands, in the order of the list.
const GROUPS: &[(&str, &[&str])] = &[
    ("Files", &["check", "fmt", "convert", "render", "diff", "upgrade", "roundtrip"]),
    ("Rules", &["route", "test-rules", "digest"]),
    ("Cluster", &["checksum", "simulate", "explain-log"]),
    ("Nodes", &["status", "watch", "export", "apply", "tls-pin"]),
    ("Shell", &["completions"]),
];

/// The same command with a help that has the groups.
pub(crate) fn grouped(command: Command) -> Command {
    let heading = |name: &str| format!("\x1b[1m\x1b[4m{name}:\x1b[0m");
    let mut list = String::new();
    for (group, names) in GROUPS {
        list += &format!("{}\n", heading(group));
        for name in *names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            // What stands behind is in the help of the command.
            let about = about.split("; ").next().unwrap_or_default();
            list += &format!("  \x1b[1m{name:<12}\x1b[0m  {about}\n");
        }
        list.push('\n');
    }
    let options = heading("Options");
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{{before-help}}{options}\n{{options}}{{after-help}}"
    );
    command.before_help(list.trim_end().to_owned()).help_template(template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let command = crate::Cli::command();
        let mut all: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }
}
